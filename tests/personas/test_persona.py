"""The names of personas, and what is wrong with one."""

from bot.errors import Problem
from bot.personas import persona as personas
from bot.personas.persona import Invalid


def test_a_misspelt_name_is_recognised() -> None:
    assert personas.nearest("Brad", ["Bard", "concise"]) == "Bard"
    assert personas.nearest("xyz", ["Bard"]) is None


def test_all_spellings_of_a_name_are_one() -> None:
    assert personas.key("Cafe\u0301") == personas.key("CAF\u00c9") == "caf\u00e9"
    assert personas.key("bard") != personas.key("board")


def test_a_log_is_told_the_fields_and_never_what_stands_in_them() -> None:
    refused = Invalid({"icon": Problem("file.not-yaml"), "n": Problem("file.deep")})

    assert list(refused.errors) == ["icon", "n"]
    assert "icon, n" in str(refused)

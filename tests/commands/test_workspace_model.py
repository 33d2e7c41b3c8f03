"""Commands to a whole workspace."""

from bot.commands.workspace_model import SetServer


def test_a_key_is_in_no_text_of_a_command() -> None:
    assert "sk-secret" not in repr(SetServer("https://models.example/v1", ("one",), "sk-secret"))

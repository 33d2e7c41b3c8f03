"""`MODELS_FILE`: what may be written there, and what the operator is told of it."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.run import config, models_file, secret_files
from tests.run.test_config import ENOUGH

DOCS = Path(__file__).parents[2] / "docs"
SMALLEST = "targets: [{name: a, base_url: 'http://localhost:1', models: [m]}]"


@pytest.fixture(autouse=True)
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENOUGH.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("MODELS_FILE", "models.yaml")


def loaded(text: str) -> config.Settings:
    Path("models.yaml").write_text(text)
    return config.load()


def refusal(text: str) -> str:
    with pytest.raises(SettingsError) as refused:
        loaded(text)
    assert "hunter2" not in str(refused.value)
    return str(refused.value)


def test_the_schema_is_made_from_the_code() -> None:
    """Make it anew: python -m bot settings --models > docs/models.schema.json"""
    assert (DOCS / "models.schema.json").read_text("utf-8") == models_file.schema()


def test_the_example_is_one_that_can_be_used() -> None:
    found = models_file.load(DOCS / "models.example.yaml")

    assert [target.name for target in found.targets] == ["openai", "azure", "router", "cellar"]
    assert found.fallbacks.of("Lawyer", "T1") == ()
    assert found.fallbacks.of("default", "T1") == ("qwen3",)


def test_the_page_says_what_every_field_is() -> None:
    page = (DOCS / "models.md").read_text("utf-8")
    kinds = (models_file.Target, models_file.Model, models_file.Price, models_file.Fallbacks, models_file.Timeouts)

    assert [name for kind in kinds for name in kind.model_fields if f"`{name}`" not in page] == []


def test_no_key_is_needed_beside_the_file() -> None:
    settings = loaded(SMALLEST)

    assert settings.openai_model == "m"
    assert settings.model_addresses == {"MODELS_FILE: a": "http://localhost:1"}


def test_the_default_is_the_files_or_the_settings_or_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    several = "targets: [{name: a, base_url: 'http://localhost:1', models: [m, n, o]}]"
    monkeypatch.setenv("OPENAI_MODEL", "n")

    assert loaded(several).openai_model == "n"
    assert loaded(f"{several}\ndefault: o@a").openai_model == "o@a"

    monkeypatch.setenv("OPENAI_MODEL", "p")
    assert refusal(several).startswith("OPENAI_MODEL: no target in MODELS_FILE has it")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("targets: [", "MODELS_FILE: line "),
        ("[]", "MODELS_FILE: "),
        ("targets: []", "MODELS_FILE: targets: "),
        ("targets: [{name: a, base_url: 'ftp://x', models: [m]}]", "MODELS_FILE: targets.0.base_url: "),
        ("targets: [{name: a, base_url: 'https://chatgpt.com', models: [m]}]", "write https://api.openai.com/v1"),
        ("targets: [{name: a, base_url: 'http://x', models: []}]", "MODELS_FILE: targets.0.models: "),
        ("targets: [{name: a, base_url: 'http://x', models: [m, m]}]", "a model is named twice"),
        ("targets: [{name: a, base_url: 'http://x', models: [m], keey: hunter2}]", "targets.0.keey: "),
        ("targets: [{name: a, base_url: 'http://x', models: [m], key: 'hunter2 '}]", "targets.0.key: "),
        ("targets: [{name: a, base_url: 'http://x', models: [m], key: hunter2, key_file: k}]", "keep one of the two"),
        (
            "targets: [{name: a, base_url: 'http://x', models: [{name: m, price: {input: -1, output: 1}}]}]",
            "targets.0.models.0.price.input: ",
        ),
        (
            "targets: [{name: a, base_url: 'http://x', models: [{name: m, chosen_by: everybody}]}]",
            "targets.0.models.0.chosen_by: ",
        ),
        (f"{SMALLEST}\ndefault: x", "x is at no target; write one of m"),
        (f"{SMALLEST}\nfallbacks: {{default: [x]}}", "x is at no target"),
        (SMALLEST.replace("models: [m]}", "models: [m]}, {name: a, base_url: 'http://y', models: [n]}"), "same name"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_its_place(text: str, told: str) -> None:
    line = refusal(text)

    assert line.startswith("MODELS_FILE: ")
    assert told in line
    assert "\n" not in line


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"MODELS_FILE: cannot read models\.yaml"):
        config.load()


def test_its_keys_are_secrets() -> None:
    about = "key: hunter2-key, headers: {X-Token: hunter2-hunter2-hunter2}"
    settings = loaded(SMALLEST.replace("models:", f"{about}, models:"))

    assert {"hunter2-key", "hunter2-hunter2-hunter2"} <= set(settings.secrets)
    assert "hunter2-key" not in repr(settings.models)


def test_a_key_file_is_one_word() -> None:
    Path("key").write_text("two words")

    with pytest.raises(SettingsError, match="MODELS_FILE: a: the key in it has spaces"):
        secret_files.key_in(Path("key"), "MODELS_FILE: a")

"""What the documents say about settings is what the code says."""

from pathlib import Path

from bot.run import config

ROOT = Path(__file__).parent.parent


def test_the_example_file_is_made_from_the_code() -> None:
    """Make it anew: python -m bot settings > .env.example"""
    assert (ROOT / ".env.example").read_text("utf-8") == config.as_env()


def test_the_readmes_table_is_made_from_the_code() -> None:
    """Make it anew: python -m bot settings --markdown"""
    readme = (ROOT / "README.md").read_text("utf-8")
    table = readme.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]

    assert table.strip() == config.as_markdown().strip()

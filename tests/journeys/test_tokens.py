"""Tokens made in Slack: shown once in a form, good for the API, and never seen again."""

import re

import pytest

from tests.api import Program, served
from tests.journeys.test_home import click, home
from tests.responder import command, modal, open_form, shown
from tests.town import Json, Town

TOKEN = re.compile(r"tb_[A-Z0-9]+_\w+")


async def shown_once(town: Town, who: str) -> str:
    """The token in the form that this person sees."""

    def seen() -> str | None:
        found = TOKEN.search(shown((town.slack.modal(who) or {"blocks": []})["blocks"]))
        return found.group() if found else None

    token = await town.slack.wait_for(seen, description="a form with a token")
    assert token
    return token


async def test_an_admin_makes_a_token_and_a_program_uses_it(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    async with served(town) as operator:
        await open_form(town, "Ada", "/threadbot token new my-app", "New token")
        token = await shown_once(town, "Ada")
        program = Program(operator.http, token)
        thread = await program.thread()
        await program.say(thread, "tell me a joke")
        assert (await program.answered(thread))[1]["error"] is None

        listed = await command(town, "Ada", "#general", "/threadbot token list")
        assert "*my-app* of <@U0000000ADA>" in listed
        assert "last used" in listed
        assert "made the token my-app" in await command(town, "Dora", "#general", "/threadbot audit")
        assert "revoked" in await command(town, "Dora", "#general", "/threadbot token revoke my-app")
        assert (await program.get("/threads")).status == 401

    assert token.rpartition("_")[2] not in caplog.text
    assert token not in str(town.slack.notes("Ada"))


async def test_a_member_makes_one_as_long_as_an_admin_lets_them(town: Town) -> None:
    async with served(town) as operator:
        refused = await open_form(town, "Ben", "/threadbot token new mine", "Not now")
        assert "Only admins" in shown(refused["blocks"])
        await command(town, "Ada", "#general", "/threadbot token allow @Ben")
        await open_form(town, "Ben", "/threadbot token new mine", "New token")
        program = Program(operator.http, await shown_once(town, "Ben"))
        assert (await program.get("/threads")).status == 200

        await command(town, "Ada", "#general", "/threadbot token deny @Ben")

        assert (await program.get("/threads")).status == 403


async def test_a_token_is_made_and_revoked_on_the_home_tab(town: Town) -> None:
    async with served(town) as operator:
        await click(town, "Ada", await home(town, "Ada"), "home_token")
        form = await modal(town, "Ada", "New token")
        await town.slack.submit("Ada", form["id"], {"name": "from-home"})
        program = Program(operator.http, await shown_once(town, "Ada"))
        assert (await program.get("/threads")).status == 200

        def listed() -> Json | None:
            view = town.slack.home("Ada")
            return view if view and "*from-home* of" in shown(view["blocks"]) else None

        view = await town.slack.wait_for(listed, description="the token on the Home tab")
        assert view is not None
        await click(town, "Ada", view, "home_revoke", "from-home")
        await town.slack.wait_for(lambda: not listed(), description="the token is gone")

        assert (await program.get("/threads")).status == 401
    assert "Programs" not in shown((town.slack.home("Ben") or {"blocks": []})["blocks"])

"""What a token has used."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from bot.web.api import replies
from bot.web.api.door import Accountant
from bot.web.api.problems import Problem
from bot.web.api.shapes import refusals
from bot.web.api.threads import answer

router = APIRouter(tags=["usage"])
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@router.get("/usage", response_model=replies.OneSpending, responses=refusals())
async def get_usage(
    request: Request,
    caller: Accountant,
    month: Annotated[str | None, Query(description="As 2026-12; without it, the present one.")] = None,
) -> JSONResponse:
    """What the token's threads and completions took in a month, in the workspace's time zone."""
    world = caller.world
    if month is not None and not _MONTH.fullmatch(month):
        raise Problem(422, "api.parameter", name="month")
    wanted = month or world.calendar.month()
    spent = await world.ledger.spent(wanted, "channel", caller.token.channel)
    return answer(request, {"data": replies.spending(wanted, spent, caller.api.credit)})

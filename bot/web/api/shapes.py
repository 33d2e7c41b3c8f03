"""What the description of the API says of bodies and refusals, beside what FastAPI finds out by itself."""

import http
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.web.api.bodies import FORM, JSON, MAX_BYTES
from bot.web.api.once import HEADER, MAX_KEY
from bot.web.api.problems import MEDIA_TYPE

Shape = Literal["NewThread", "NewTitle", "NewEntry"]


class _Body(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class NewThread(_Body):
    ai_version_code: str | None = Field(None, max_length=200)
    """A persona or a model."""


class NewTitle(_Body):
    title: str = Field(min_length=1, max_length=200)


class NewEntry(_Body):
    type: Literal["request"] = "request"
    message: str = Field(min_length=1, max_length=MAX_BYTES)


_SHAPES: dict[Shape, type[BaseModel]] = {"NewThread": NewThread, "NewTitle": NewTitle, "NewEntry": NewEntry}
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same request with the same key is done once, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
}


def body(shape: Shape, *, keyed: bool = False) -> dict[str, Any]:
    """A body of this shape, as a form or as JSON; `keyed`: the request may be sent again under a key."""
    schema = _SHAPES[shape].model_json_schema()
    required = shape != "NewThread"
    content = {kind: {"schema": schema} for kind in (FORM, JSON)}
    return {"requestBody": {"required": required, "content": content}, **({"parameters": [_KEY]} if keyed else {})}


def keyed() -> dict[str, Any]:
    """A request without a body that may be sent again under a key."""
    return {"parameters": [_KEY]}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ways in which a request may be refused: those of all, and these."""
    shape = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Details"}}}
    return {
        status: {"description": http.HTTPStatus(status).phrase, "content": shape}
        for status in sorted({401, 403, 422, 429, 503, *statuses})
    }

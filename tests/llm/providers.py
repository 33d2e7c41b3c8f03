"""Providers in miniature: each answers, lists and refuses in its own words, over a real socket.

Taken from their API references and from recorded answers. The table in `docs/models.md` is tested with these.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.llm import base_url
from bot.llm.chat_completions import Server, Timing
from bot.llm.connection import connect
from bot.llm.cooling import Nowhere, Shared
from bot.llm.pool import Pool, Target
from bot.run.config import limit_name
from bot.run.secret_files import Fixed

Json = dict[str, Any]
SAID = "Paris, of course."
KEY = "right-key"


@dataclass(frozen=True)
class Refused:
    """A refusal as it comes over the wire. `after`: seconds that it says to wait."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float | None = None


@dataclass(frozen=True)
class Provider:
    """`base` is the path of its address as people copy it, `asked` the path and query that it answers at. `stream` are
    the lines of an answer, `models` what it lists; None where it lists nothing. `cost` is what it says of the price.

    What one does not have is None: a server of one's own may want no key.
    """

    base: str
    asked: str
    stream: list[str]
    models: Any
    missing: Refused
    too_long: Refused
    busy: Refused
    wrong_key: Refused | None = None
    header: str = "authorization"
    model: str = "some-model"
    cost: float | None = None
    thinks: bool = False

    @property
    def key(self) -> str:
        return KEY if self.wrong_key else ""

    @property
    def opens(self) -> str | None:
        """What stands in the header of a request with the right key."""
        if self.wrong_key is None:
            return None
        return f"Bearer {KEY}" if self.header == "authorization" else KEY


def data(**chunk: Any) -> str:
    return f"data: {json.dumps(chunk)}"


def chunks(*deltas: Json, usage: Json | None = None, **each: Any) -> list[str]:
    """A stream as OpenAI's reference has it; `each` stands in every chunk."""
    common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_763_700_000, **each}
    said = [data(**common, choices=[{"index": 0, "delta": delta, "finish_reason": None}]) for delta in deltas]
    end = data(**common, choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    total = [data(**common, choices=[], usage=usage)] if usage else []
    return [*said, end, *total, "data: [DONE]"]


def words(*more: Json) -> tuple[Json, ...]:
    return ({"role": "assistant", "content": ""}, *more, {"content": "Paris, "}, {"content": "of course."})


def openai(message: str, kind: str = "invalid_request_error", **more: Any) -> Json:
    return {"error": {"message": message, "type": kind, "param": None, "code": None, **more}}


def coded(code: str | int, message: str, **more: Any) -> Json:
    return {"error": {"code": code, "message": message, **more}}


def flat(code: int, message: str) -> Json:
    return {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": code}


def listed(*names: str) -> Json:
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "x"} for name in names]}


TOTALS = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}
DETAILS = {
    **TOTALS,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 2},
}

OPENAI = Provider(
    base="/v1",
    asked="/v1/chat/completions",
    stream=chunks(*words(), usage=DETAILS, model="some-model-2026-01-31", service_tier="default", obfuscation="x7"),
    models=listed("some-model", "other-model"),
    wrong_key=Refused(401, openai("Incorrect API key provided: wrong-key.", code="invalid_api_key")),
    missing=Refused(404, openai("The model `none` does not exist.", code="model_not_found")),
    too_long=Refused(
        400,
        openai("Your input exceeds the context window of this model.", code="context_length_exceeded"),
    ),
    busy=Refused(
        429,
        openai("Rate limit reached for some-model on tokens per min (TPM).", "tokens", code="rate_limit_exceeded"),
        {"retry-after-ms": "7500", "retry-after": "8"},
        7.5,
    ),
)
_AZURE_FILTERS = {"hate": {"filtered": False, "severity": "safe"}}
AZURE = Provider(
    base="/openai/v1",
    asked="/openai/v1/chat/completions",
    stream=[
        data(choices=[], id="", model="", object="", created=0, prompt_filter_results=[{"prompt_index": 0}]),
        *chunks(*words(), usage=DETAILS, model="some-model-2026-01-31"),
    ],
    models=None,
    wrong_key=Refused(401, coded("401", "Access denied due to invalid subscription key or wrong API endpoint.")),
    missing=Refused(404, coded("DeploymentNotFound", "The API deployment for this resource does not exist.")),
    too_long=Refused(
        400, openai("This model's maximum context length is 128000 tokens.", code="context_length_exceeded")
    ),
    busy=Refused(
        429,
        coded("429", "Requests have exceeded token rate limit. Please retry after 26 seconds."),
        {"retry-after": "26"},
        26.0,
    ),
)
AZURE_DATED = Provider(
    base="/openai/deployments/some-model?api-version=2024-10-21",
    asked="/openai/deployments/some-model/chat/completions?api-version=2024-10-21",
    header="api-key",
    stream=AZURE.stream,
    models=None,
    wrong_key=AZURE.wrong_key,
    missing=AZURE.missing,
    too_long=AZURE.too_long,
    busy=AZURE.busy,
)
OPENROUTER = Provider(
    base="/api/v1",
    asked="/api/v1/chat/completions",
    stream=[
        ": OPENROUTER PROCESSING",
        ": OPENROUTER PROCESSING",
        *chunks(
            *words({"content": "", "reasoning": "The user wants", "reasoning_details": [{"type": "reasoning.text"}]}),
            usage={**DETAILS, "cost": 0.0025, "is_byok": False},
            model="vendor/some-model",
            provider="Vendor",
        ),
    ],
    models={"data": [{"id": "vendor/some-model", "name": "Some", "pricing": {"prompt": "0.1"}}]},
    model="vendor/some-model",
    cost=0.0025,
    thinks=True,
    wrong_key=Refused(401, coded(401, "User not found.")),
    missing=Refused(400, coded(400, "none is not a valid model ID") | {"user_id": "u"}),
    too_long=Refused(
        400,
        coded(400, "This endpoint's maximum context length is 8192 tokens. However, you requested 9000."),
    ),
    busy=Refused(
        429,
        coded(429, "Provider returned error", metadata={"raw": "rate-limited upstream. Please retry shortly"}),
    ),
)
LITELLM = Provider(
    base="",
    asked="/v1/chat/completions",
    stream=chunks(*words(), usage=DETAILS, model="some-model", citations=None),
    models=listed("some-model"),
    wrong_key=Refused(
        401,
        openai(
            "Authentication Error, Invalid proxy server token passed.", "token_not_found_in_db", param="key", code="401"
        ),
    ),
    missing=Refused(
        400, openai("/chat/completions: Invalid model name passed in model=none. Call `/v1/models`", code="400")
    ),
    too_long=Refused(
        400,
        openai("litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError", code="400"),
    ),
    busy=Refused(429, openai("litellm.RateLimitError: No deployments, Try again in 5 seconds.", code="429"), {}, 5.0),
)
OLLAMA = Provider(
    base="",
    asked="/v1/chat/completions",
    stream=chunks(
        *words({"content": "", "reasoning": "Hm."}), usage=TOTALS, model="some-model", system_fingerprint="fp_ollama"
    ),
    models=listed("some-model:latest"),
    thinks=True,
    missing=Refused(404, openai('model "none" not found, try pulling it first', "api_error")),
    too_long=Refused(400, openai("the input length exceeds the context length", "api_error")),
    busy=Refused(429, openai("too many requests: you have reached your hourly usage limit", "api_error")),
)
VLLM = Provider(
    base="/v1",
    asked="/v1/chat/completions",
    stream=chunks(
        {"role": "assistant", "content": "", "reasoning_content": None},
        {"reasoning_content": "Hm."},
        {"content": "Paris, "},
        {"content": "of course."},
        usage={**TOTALS, "prompt_tokens_details": None},
        model="some-model",
        prompt_token_ids=None,
    ),
    models=listed("some-model"),
    thinks=True,
    wrong_key=Refused(401, {"error": "Unauthorized"}),
    missing=Refused(404, flat(404, "The model `none` does not exist.")),
    too_long=Refused(
        400,
        flat(400, "This model's maximum context length is 4096 tokens. Please reduce the length."),
    ),
    busy=Refused(429, flat(429, "Too many requests")),
)
LLAMA_CPP = Provider(
    base="",
    asked="/v1/chat/completions",
    stream=chunks(*words(), usage=DETAILS, model="some-model", timings={"prompt_n": 20, "predicted_per_second": 50.1}),
    models={
        **listed("some-model"),
        "models": [{"name": "some-model", "type": "model", "capabilities": ["completion"]}],
    },
    wrong_key=Refused(401, coded(401, "Invalid API Key", type="authentication_error")),
    missing=Refused(404, coded(404, "File Not Found", type="not_found_error")),
    too_long=Refused(
        400,
        coded(
            400,
            "request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it",
            type="exceed_context_size_error",
            n_ctx=4096,
        ),
    ),
    busy=Refused(429, coded(429, "too many requests", type="rate_limit_error")),
)
LM_STUDIO = Provider(
    base="",
    asked="/v1/chat/completions",
    stream=chunks(
        *words({"reasoning_content": "Hm."}), usage=TOTALS, model="some-model", system_fingerprint="some-model"
    ),
    models=listed("some-model", "text-embedding-nomic-embed-text-v1.5"),
    thinks=True,
    missing=Refused(404, openai("Model not found: none", param="model", code="model_not_found")),
    too_long=Refused(
        400,
        {
            "error": "Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded "
            "with context length of only 4096 tokens, which is not enough."
        },
    ),
    busy=Refused(429, {"error": "Too many requests. Try again in 3 seconds."}, {}, 3.0),
)
PROVIDERS: Mapping[str, Provider] = {
    "OpenAI": OPENAI,
    "Azure": AZURE,
    "Azure, dated": AZURE_DATED,
    "OpenRouter": OPENROUTER,
    "LiteLLM": LITELLM,
    "Ollama": OLLAMA,
    "vLLM": VLLM,
    "llama.cpp": LLAMA_CPP,
    "LM Studio": LM_STUDIO,
}


@dataclass
class Standing:
    """A provider that is up. `refuses` is what it says next in place of an answer."""

    provider: Provider
    refuses: Refused | None = None
    bodies: list[Json] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        provider = self.provider
        if provider.wrong_key and request.headers.get(provider.header) != provider.opens:
            return _refusal(provider.wrong_key)
        if request.path.endswith("/models"):
            return web.json_response(provider.models or {}, status=200 if provider.models else 404)
        self.asked.append(request.path_qs)
        self.bodies.append(await request.json())
        if self.refuses is not None:
            return _refusal(self.refuses)
        body = "".join(f"{line}\n\n" for line in provider.stream)
        return web.Response(body=body.encode(), headers={"content-type": "text/event-stream"})


@asynccontextmanager
async def standing(provider: Provider, key: str | None = None) -> AsyncIterator[tuple[Standing, Pool]]:
    """The provider on 127.0.0.1, and the bot's way to it, under the right key or this one."""
    there, app = Standing(provider), web.Application()
    app.router.add_route("*", "/{path:.*}", there.answer)
    async with TestServer(app) as server:
        url, secret = (
            f"{str(server.make_url('')).rstrip('/')}{provider.base}",
            Fixed(provider.key if key is None else key),
        )
        async with connect(url, secret, timeout=10.0, retries=0) as client:
            asked_by = Server(client, Timing(5.0, 5.0), limit=limit_name(url))
            target = Target("there", asked_by, secret, base_url.understood(url).url)
            yield there, Pool((target,), Shared(Nowhere()))


def _refusal(refused: Refused) -> web.Response:
    body = json.dumps(refused.body).encode()
    return web.Response(
        status=refused.status, body=body, headers={"content-type": "application/json", **refused.headers}
    )

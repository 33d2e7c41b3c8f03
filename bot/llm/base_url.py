"""Where a model's server is: the address as people copy it, brought into the form that requests are made from.

Addresses of providers are those of their API references; the two kinds of Azure's are described at
learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_BASES = {
    "api.openai.com": "/v1",
    "openrouter.ai": "/api/v1",
    "api.groq.com": "/openai/v1",
    "api.fireworks.ai": "/inference/v1",
    "generativelanguage.googleapis.com": "/v1beta/openai",
    "models.github.ai": "/inference",
    "api.perplexity.ai": "",
}
"""Where the API begins at providers whose address is copied without it, or with that of another provider."""
_PAGES = {
    "openai.com": "https://api.openai.com/v1",
    "www.openai.com": "https://api.openai.com/v1",
    "platform.openai.com": "https://api.openai.com/v1",
    "chat.openai.com": "https://api.openai.com/v1",
    "chatgpt.com": "https://api.openai.com/v1",
    "www.openrouter.ai": "https://openrouter.ai/api/v1",
}
"""Sites for people, and the API that belongs to them."""
_AZURES = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com", ".openai.azure.us")
_ENDPOINTS = re.compile(r"/(?:chat/completions|completions|responses|embeddings|messages|chat)\Z", re.IGNORECASE)
_VERSIONED_MODELS = re.compile(r"(/v\d\w{0,9})/models\Z", re.IGNORECASE)
_NATIVE = re.compile(r"/api/(?:chat|generate|tags|show)\Z", re.IGNORECASE)
"""Ollama's own API, beside its compatible one."""
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(?:-preview)?", re.IGNORECASE)
_DEPLOYMENTS = re.compile(r"(.*/deployments)(/[^/]+)?\Z", re.IGNORECASE)
_UNFINISHED = ("", "/", "/v1", "/api", "/openai", "/v1beta", "/inference")
OLLAMA_PORT = 11434


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """`url` has no query and no slash at its end. `api_version` is that of one of Azure's dated APIs; None elsewhere.

    `query` is sent with every request, without the `api_version`.
    """

    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    api_version: str | None = None

    def __str__(self) -> str:
        version = {"api-version": self.api_version} if self.api_version else {}
        query = urlencode({**version, **self.query})
        return f"{self.url}?{query}" if query else self.url


def understood(written: str, api_version: str | None = None) -> BaseUrl:
    """What is meant by an address. Raises ValueError, with the right address, where that would be a guess.

    `api_version` is Azure's, where it does not stand in the address.
    """
    parts = urlsplit(written.strip())
    host, query = parts.hostname or "", dict(parse_qsl(parts.query, keep_blank_values=True))
    if page := _PAGES.get(host):
        raise ValueError(f"{host} is a site for people; write {page}")
    version = query.pop("api-version", "") or api_version or ""
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    if _is_azures(host, path, version):
        path, dated = _azure(parts.scheme, parts.netloc, path, version)
        query |= {"api-version": version} if version and not dated and not _DATED.fullmatch(version) else {}
    else:
        path, dated = _path(host, parts.port, path), None
        query |= {"api-version": version} if version else {}
    return BaseUrl(urlunsplit((parts.scheme, parts.netloc, path, "", "")), query, dated)


def is_azures(url: str) -> bool:
    """Whether models are deployments there, which its list does not name."""
    parts = urlsplit(url)
    return (parts.hostname or "").endswith(_AZURES) or "/deployments" in parts.path


def with_version(written: str) -> str | None:
    """The same address with the version that most servers want; None if it names one."""
    address = understood(written)
    if re.search(r"/v\d", urlsplit(address.url).path) or address.api_version:
        return None
    return str(BaseUrl(f"{address.url}/v1", address.query))


def _is_azures(host: str, path: str, version: str) -> bool:
    deployed = _DEPLOYMENTS.fullmatch(_ENDPOINTS.sub("", path)) is not None
    named = path.endswith("/openai") and bool(_DATED.fullmatch(version))
    return host.endswith(_AZURES) or deployed or named


def _azure(scheme: str, netloc: str, path: str, version: str) -> tuple[str, str | None]:
    """The path, and the version if it is one of the dated API."""
    path = _ENDPOINTS.sub("", path)
    if path.lower().endswith("/models"):  # its third API, for models of other makers
        return path, version or None
    if re.search(r"/v\d", path):
        return _VERSIONED_MODELS.sub(r"\1", path), None
    dated = bool(_DATED.fullmatch(version))
    deployed = _DEPLOYMENTS.fullmatch(path)
    if deployed is None and not dated:
        return "/openai/v1", None
    if not dated:
        right = f"{scheme}://{netloc.rpartition('@')[2]}"
        raise ValueError(
            f"the API version is missing; write {right}{path}?api-version=2024-10-21, or {right}/openai/v1 "
            "and the deployment as the model"
        )
    if deployed is None:
        return path or "/openai", version
    return (path if deployed[2] else deployed[1].rpartition("/")[0]), version


def _path(host: str, port: int | None, path: str) -> str:
    if _NATIVE.search(path):
        return _NATIVE.sub("/v1", path)
    shorter = _VERSIONED_MODELS.sub(r"\1", _ENDPOINTS.sub("", path))
    if shorter.lower() in _UNFINISHED and host in _BASES:
        return _BASES[host]
    if shorter != path:  # whoever names the endpoint has named its beginning too
        return shorter
    if not path or (port == OLLAMA_PORT and path == "/api"):
        return "/v1"
    return path

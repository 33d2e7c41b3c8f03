"""`/api/docs`: the description of the API as a page, made here, with nothing in it that has to be fetched."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

Json = Mapping[str, Any]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
DOCTYPE = "\x3c!doctype html>"  # written out, it looks like the markup of Slack
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1d1c1d }
h2 { margin-top: 2.5rem; border-top: 1px solid #ddd; padding-top: 1rem; font-size: 1.1rem }
h2 b { display: inline-block; min-width: 4.5rem; color: #2b6cb0 }
code, pre { font: 0.9em ui-monospace, monospace; background: #f4f4f6; border-radius: 4px; padding: 0.1em 0.3em }
pre { padding: 0.8rem; overflow-x: auto }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: 0.3rem 0.6rem; vertical-align: top }
tr + tr { border-top: 1px solid #eee } .must { color: #c0392b }
@media (prefers-color-scheme: dark) {
  body { background: #1a1d21; color: #d1d2d3 } code, pre { background: #2a2d31 } h2, tr + tr { border-color: #3a3d41 }
}
"""


def add(app: FastAPI) -> None:
    """Answer it, to everybody."""
    shown: list[str] = []

    async def docs() -> HTMLResponse:
        if not shown:
            shown.append(page(app.openapi()))
        return HTMLResponse(shown[0], headers=HEADERS)

    app.add_api_route("/api/docs", docs, methods=["GET"], include_in_schema=False)


def page(api: Json) -> str:
    info = api["info"]
    found = ((path, *each) for path, methods in api["paths"].items() for each in methods.items())
    parts = [_operation(path, method, about) for path, method, about in found]
    intro = "".join(f"<p>{_text(each)}</p>" for each in info.get("description", "").split("\n\n") if each)
    shapes = "".join(_shape(name, shape) for name, shape in api["components"]["schemas"].items())
    title = f"{escape(info['title'])} API {escape(info['version'])}"
    return (
        f'{DOCTYPE}<html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style><h1>{title}</h1>{intro}'
        f'<p><a href="openapi.json">openapi.json</a></p>{"".join(parts)}{shapes}</html>'
    )


def _operation(path: str, method: str, about: Json) -> str:
    given = [*_parameters(about), *_fields(about.get("requestBody", {}))]
    replies = "".join(
        f"<tr><td><code>{status}</code><td>{_text(reply['description'])}{_of(reply)}"
        for status, reply in sorted(about["responses"].items())
    )
    return (
        f'<section id="{escape(about["operationId"])}"><h2><b>{method.upper()}</b> <code>{escape(path)}</code></h2>'
        f"<p>{_text(about.get('description', ''))}</p>{_table(given)}<table>{replies}</table></section>"
    )


def _parameters(about: Json) -> Iterator[str]:
    for each in about.get("parameters", ()):
        yield _row(each["name"], each["in"], each["schema"], each.get("description", ""), bool(each.get("required")))


def _fields(body: Json) -> Iterator[str]:
    contents: list[Json] = [*body.get("content", {}).values()]
    schema: Json = contents[0]["schema"] if contents else {}
    for name, shape in schema.get("properties", {}).items():
        yield _row(name, "body", shape, shape.get("description", ""), name in schema.get("required", ()))


def _shape(name: str, shape: Json) -> str:
    parts = shape.get("properties", {}).items()
    rows = [_row(each, "", about, about.get("description", ""), False) for each, about in parts]
    about = f"<h2>{escape(name)}</h2><p>{_text(shape.get('description', ''))}</p>"
    return f'<section id="{escape(name)}">{about}{_table(rows)}</section>'


def _table(rows: list[str]) -> str:
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _row(name: str, where: str, schema: Json, about: str, must: bool) -> str:
    mark = ' <span class="must">*</span>' if must else ""
    return f"<tr><td><code>{escape(name)}</code>{mark}<td>{escape(where)}<td>{_kind(schema)}<td>{_text(about)}"


def _of(reply: Json) -> str:
    contents = reply.get("content", {}).items()
    kinds = [f"<code>{escape(kind)}</code> {_kind(about.get('schema', {}))}" for kind, about in contents]
    return f": {', '.join(kinds)}" if kinds else ""


def _kind(schema: Json) -> str:
    """What a value is, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return " or ".join(f"<code>{escape(str(each))}</code>" for each in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return escape(str(schema.get("type") or schema.get("title", "")))


def _text(text: str) -> str:
    """With what stands in backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))

"""HTML made so that text is only ever text: whatever is not `Html` already is escaped."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Any, TypeAlias

import orjson

VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})


Child: TypeAlias = "str | int | Iterable[Child]"


class Html(str):
    """Markup that may stand in a page as it is."""

    __slots__ = ()


def el(name: str, /, *children: Child, **attributes: Any) -> Html:
    """An element; strings among the children are escaped, an attribute of None or False is left out.

    A trailing underscore is dropped from an attribute's name, others become hyphens: `class_`, `aria_label`.
    """
    given = "".join(
        _attribute(key, value) for key, value in attributes.items() if value is not None and value is not False
    )
    if name in VOID:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Html:
    """Children one after the other, escaped where they are plain text."""
    return Html("".join(_text(child) if isinstance(child, str | int) else joined(*child) for child in children))


def data_script(identity: str, value: Any) -> Html:
    """JSON inside a page, for its scripts to read; nothing in it can end the element or a line."""
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Html(f'<script type="application/json" id="{escape(identity)}">{text}</script>')


def document(title: str, style: str, scripts: Iterable[str], body: Html) -> str:
    """A whole page that holds all it needs; its policy lets only these scripts run and nothing be fetched."""
    scripts = list(scripts)
    sources = " ".join(f"'sha256-{_digest(script)}'" for script in scripts) or "'none'"
    policy = (
        f"default-src 'none'; script-src {sources}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = joined(
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        Html(f"<style>{style}</style>"),
    )
    tail = joined(*(Html(f"<script>{script}</script>") for script in scripts))
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>{body}{tail}</body>\n</html>\n'


def _attribute(key: str, value: Any) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def _text(child: str | int) -> str:
    return child if isinstance(child, Html) else escape(f"{child:,}" if isinstance(child, int) else child)


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

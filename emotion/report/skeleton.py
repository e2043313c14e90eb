"""What all pages share: one file with style, script and plotly inside, a header, sections, a foot, and their charts."""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from emotion.errors import UsageError
from emotion.report.html import Html, data_script, document, el, joined
from emotion.stores.files import write_whole

Figures = Mapping[str, Mapping[str, Any]]
"""By chart, then by view: plotly figures, the first view being shown first."""

_NO_SCRIPT = "The charts need JavaScript; their numbers are in the tables."


def assembled(title: str, header: Html, sections: Iterable[Html], foot: Html, figures: Figures) -> str:
    """A page as text; without figures it holds no script."""
    notice = el("noscript", el("p", _NO_SCRIPT, class_="notice")) if figures else Html("")
    body = joined(header, el("main", notice, *sections), foot)
    if not figures:
        return document(title, _resource("report.css"), [], body)
    scripts = [plotly_script(), _resource("report.js")]
    return document(title, _resource("report.css"), scripts, joined(body, data_script("charts", figures)))


def check_folder(to: Path) -> None:
    """Refuse early what could not be written; a UsageError names the folder that is missing."""
    if not to.parent.is_dir():
        raise UsageError(f"The folder {to.parent} does not exist; make it first.")


def write_page(to: Path, html: str) -> None:
    """Write a page, whole or not at all."""
    check_folder(to)
    write_whole(to, html.encode("utf-8", "replace"))


def plotly_script() -> str:
    """plotly's JavaScript from its wheel, with line ends as a browser hashes them."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).replace("\r\n", "\n")


def _resource(name: str) -> str:
    return files("emotion.report").joinpath(name).read_text(encoding="utf-8")

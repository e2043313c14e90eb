"""A page taken apart, for tests."""

import json
import re
from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data  # that of charts too

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def without_scripts(html: str) -> str:
    """The page without what runs; the data of its charts stays."""
    return re.sub(r"<script(?! type).*?</script>", "", html, flags=re.DOTALL)


def charts(html: str) -> dict[str, Any]:
    """The figures of a page, by chart and view."""
    found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', html)
    assert found is not None
    drawn: dict[str, Any] = json.loads(found[1])
    return drawn


def words(html: str) -> str:
    """What people read, cells apart from each other, white space as one space."""
    apart = re.sub(r"<(td|th|dt|dd)", r" <\1", without_scripts(html))
    return " ".join(Page(apart).text.split())

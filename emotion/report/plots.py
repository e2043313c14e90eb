"""What all charts share. Colours written var(--name) are taken from the style sheet when drawn."""

from html import escape
from typing import Any

Figure = dict[str, Any]

FONT = {"family": "var(--sans)", "size": 13, "color": "var(--muted)"}
AXIS = {
    "gridcolor": "var(--line)",
    "linecolor": "var(--line)",
    "zeroline": False,
    "fixedrange": True,
    "ticks": "",
    "automargin": True,
}
_HOVER = {"bgcolor": "var(--card)", "bordercolor": "var(--line)", "font": {**FONT, "color": "var(--ink)"}}


def markless(text: str) -> str:
    """A text that a chart shows as it is: plotly reads some markup, and knows the names of few characters."""
    return escape(text, quote=False)


def layout(**more: Any) -> Figure:
    """A layout on the page's own ground, without a legend: pages show legends themselves."""
    return {
        "font": FONT,
        "hoverlabel": _HOVER,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
    } | more

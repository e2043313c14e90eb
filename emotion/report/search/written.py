"""Numbers and values of a search as people read them."""

from collections.abc import Mapping
from typing import Any


def number(value: float | None) -> str:
    """Four decimals."""
    return "" if value is None else f"{value:.4f}"


def speed(value: float | None) -> str:
    """Tweets a second, in hundreds: more is noise."""
    return "" if value is None else f"{round(value, -2):,.0f}"


def size(value: int | None) -> str:
    """Megabytes."""
    return "" if value is None else f"{value / 1e6:.1f} MB"


def values(given: Mapping[str, Any]) -> str:
    """Values by parameter in one line."""
    return ", ".join(f"{name} {value(one)}" for name, one in given.items()) or "as the recipe has them"


def value(given: Any) -> str:
    """One value; nothing where there is none."""
    if given is None:
        return ""
    if isinstance(given, float):
        return f"{given:.4g}"
    if isinstance(given, list | tuple):
        return "+".join(map(str, given))
    return str(given)

"""Numbers and values of a search as people read them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


def number(value: float | None) -> str:
    """Four decimals."""
    return "" if value is None else f"{value:.4f}"


def speed(value: float | None) -> str:
    """Tweets a second, in hundreds: more is noise."""
    return "" if value is None else f"{round(value, -2):,.0f}"


def so_many(count: int, what: str = "trial") -> str:
    """So many of what is named by one."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def size(value: int | None) -> str:
    """Megabytes."""
    return "" if value is None else f"{value / 1e6:.1f} MB"


def values(given: Mapping[str, Any]) -> str:
    """Values by parameter in one line."""
    names = short(given)
    return ", ".join(f"{names[name]}={value(one)}" for name, one in given.items()) or "the base recipe"


def short(names: Iterable[str]) -> dict[str, str]:
    """For each dotted name the least of its end that tells it from the others."""
    ends = {name: [name.split(".", skip)[-1] for skip in range(name.count("."), -1, -1)] for name in names}
    counts = Counter(end for some in ends.values() for end in some)
    return {name: next(end for end in some if counts[end] == 1) for name, some in ends.items()}


def value(given: Any) -> str:
    """One value."""
    if given is None:
        return "none"
    if isinstance(given, float):
        return f"{given:.4g}"
    if isinstance(given, list | tuple):
        return "+".join(map(str, given))
    return str(given)

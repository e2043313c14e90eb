"""What pydantic finds wrong in a recipe, a bundle or options, in words: a place and a sentence for each fault."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

LONGEST = 60  # characters of a value that is wrong


def all_faults(error: "ValidationError", whole: str = "") -> list[str]:
    """Each with the keys and numbers that lead to it, `a.0.b: sentence`; those of no key are of `whole`."""
    found = error.errors(include_url=False)
    return [f"{'.'.join(map(str, fault['loc'])) or whole}: {said(fault)}" for fault in found]


def in_one_line(error: "ValidationError", whole: str, most: int = 5) -> str:
    """The first of them in a sentence of ours, and how many more there are."""
    found = all_faults(error, whole)
    return "; ".join(found[:most]) + (f"; and {len(found) - most} more" if len(found) > most else "")


def listed(source: object, faults: list[str]) -> str:
    """All of them, a line each."""
    return f"{source} has {len(faults)} fault(s):\n" + "\n".join(f"  {fault}" for fault in faults)


def said(fault: Mapping[str, Any]) -> str:
    """What is wrong there, without a full stop."""
    if fault["type"] == "extra_forbidden":
        return "there is no such key"
    if fault["type"] == "missing":  # its input is all that stands around it
        return "this key is missing"
    if fault["type"] == "value_error":  # a sentence of ours
        return str(fault["ctx"]["error"]).rstrip(".")
    given = repr(fault["input"])
    return f"{fault['msg']}, not {given[:LONGEST]}{'…' * (len(given) > LONGEST)}"

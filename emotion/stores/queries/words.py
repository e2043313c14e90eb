"""What the words of a query ask for: the same whatever store is asked."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from emotion.errors import UsageError
from emotion.tweets.formats.bluesky import HANDLE

if TYPE_CHECKING:
    from emotion.text.rules import Rules

Asked = Mapping[str, Sequence[str]]  # "words", "tags", "names" and "handles" to their values
OFTEN = 1000  # a count against which words that are not counted are unlikely
NAME = re.compile(rf"@({HANDLE})")
_MARKED = re.compile(rf"(?<!\w)(?:#(?P<tag>\w+)|@(?P<name>{HANDLE}))")


def fold(term: str) -> str:
    """Small letters as the stores make them: letter by letter, each one letter."""
    return "".join("i" if letter == "İ" else letter.lower() for letter in term)


def head(name: str) -> str:
    """Where a name begins: all of one of X, `ann` of `ann.example.org` at Bluesky."""
    return re.split("[.-]", name, maxsplit=1)[0]


def asked(query: str, rules: "Rules", known: Callable[[list[str]], Iterable[str]]) -> Asked:
    """The query's words after cleaning, its hashtags and its names in lower case.

    A name without a dot or dash finds also what begins with it so; a handle, the others, also who is called as its
    head is: in "@ann.b" X mentions `ann`, and Bluesky `ann.b`.

    `known` tells which of some words the store's tweets hold. Two queries after each other ask for what both do.

    Raises:
        UsageError: the query is more than blanks, but nothing of it is left that a tweet could hold.
    """
    marked = list(_MARKED.finditer(query))
    called = [fold(match["name"]) for match in marked if match["name"]]
    wanted = {
        "words": list(dict.fromkeys(_cleaned(_MARKED.sub(" ", query), rules, known))),
        "tags": [fold(match["tag"]) for match in marked if match["tag"]],
        "names": [name for name in called if name == head(name)],
        "handles": [name for name in called if name != head(name)],
    }
    if query.strip() and not any(wanted.values()):
        raise UsageError(f"Nothing of {query!r} can be searched: the model's cleaning leaves no word of it.")
    return wanted


class _Forms(dict[str, int]):
    """Counts that know no word, and keep which words the cleaning wanted to know."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[str] = []

    def __contains__(self, word: object) -> bool:
        self.wanted.append(str(word))
        return False


def _cleaned(text: str, rules: "Rules", known: Callable[[list[str]], Iterable[str]]) -> list[str]:
    """The words of a text; elongations end in the form that the store's tweets have, as the vocabulary is not there."""
    from emotion.text.tokens import Tokenizer

    forms = _Forms()
    words = Tokenizer(rules, forms).tokens(text)
    if not forms.wanted:
        return words
    return Tokenizer(rules, dict.fromkeys(known(forms.wanted), OFTEN)).tokens(text)

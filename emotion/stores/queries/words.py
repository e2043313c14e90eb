"""What the words of a query ask for: the same whatever store is asked."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.text.rules import Rules

Asked = Mapping[str, Sequence[str]]  # "words", "tags" and "names" to their values
OFTEN = 1000  # a count against which words that are not counted are unlikely


def fold(term: str) -> str:
    """Small letters as the stores make them: letter by letter, each one letter."""
    return "".join("i" if letter == "İ" else letter.lower() for letter in term)


def asked(query: str, rules: "Rules", known: Callable[[list[str]], Iterable[str]]) -> Asked:
    """The query's words after cleaning, its hashtags and its names in lower case.

    `known` tells which of some words the store's tweets hold. Two queries after each other ask for what both do.

    Raises:
        UsageError: the query is more than blanks, but nothing of it is left that a tweet could hold.
    """
    tags = [fold(tag[1:]) for tag in re.findall(r"(?<!\w)#\w+", query)]
    names = [fold(name[1:]) for name in re.findall(r"(?<!\w)@\w+", query)]
    rest = re.sub(r"(?<!\w)[#@]\w+", " ", query)
    wanted = {"words": list(dict.fromkeys(_cleaned(rest, rules, known))), "tags": tags, "names": names}
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

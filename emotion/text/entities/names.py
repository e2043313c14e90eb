"""The fast fall-back: names by their capital letters. It cannot tell a person from a place, and does not pretend to.

It is meant to be right rather than complete. A word that would have its capital anyway is no evidence: the first of a
sentence (unless it opens a name of several words), a day or a month, an abbreviation people shout. A text that is
written in capitals throughout, or with a capital on nearly every word, holds no evidence at all. Scripts without
capitals hold none either.
"""

import re
from collections.abc import Iterator, Sequence

from emotion.text.entities.entity import Entity
from emotion.text.stop_words import STOP_WORDS

_WORD = re.compile(
    r"(?P<skip>https?://\S+|www\.\S+|[@#]\w+|&#?\w+;)"
    r"|(?P<word>[^\W\d_](?:[\w\-&]|[.'’](?=\w))*)"
    r"|(?P<end>[.!?…\n:;\"“”«»|•]+)"
    r"|(?P<other>[^\s])"
)
_PARTICLES = frozenset("of de del da di du la le van von der den al el bin ibn y".split())  # noqa: SIM905
_NEVER = STOP_WORDS | frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december lol omg wtf lmao rofl smh tbh imo idk btw fyi irl asap rt dm dms fb ok okay yes no not
    oh ah hey hi hello wow please thanks thank happy merry god jesus mr mrs ms dr sir dear i'm i've i'd i'll tv am pm
    english via cc re mom dad mum
    """.split()  # noqa: SIM905
)
_MANY = 0.6  # share of words with a capital above which it means nothing
_FEW = 4  # words below which no share is formed
_LONGEST = 6  # words of a name


def names(texts: Sequence[str]) -> list[list[Entity]]:
    """The names of each text, without a kind."""
    return [_names(text) for text in texts]


class _Word:
    """A word, and what stands before it: the start of a sentence, or another word of the same phrase."""

    __slots__ = ("end", "follows", "opens", "start", "text")

    def __init__(self, match: re.Match[str], opens: bool, follows: bool) -> None:
        self.text = match[0]
        self.start, self.end = match.span()
        self.opens, self.follows = opens, follows

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def named(self) -> bool:
        """Whether its capital can be that of a name."""
        return self.capital and _plain(self.text).lower() not in _NEVER


def _names(text: str) -> list[Entity]:
    words = list(_words(text))
    telling = [word for word in words if word.text[:2].rstrip("'’") != "I"]
    if len(telling) >= _FEW and sum(word.capital for word in telling) > _MANY * len(telling):
        return []
    return [_entity(text, run) for run in _runs(words) if not (len(run) == 1 and run[0].opens)]


def _words(text: str) -> Iterator[_Word]:
    opens, follows = True, False
    for match in _WORD.finditer(text):
        if match.lastgroup == "word":
            gap = text[match.start() - 1 : match.start()]
            yield _Word(match, opens, follows and gap == " ")
            opens, follows = False, True
        elif match.lastgroup == "end":
            opens, follows = True, False
        else:
            follows = False


def _runs(words: Sequence[_Word]) -> Iterator[list[_Word]]:
    """Words with a capital that follow each other, with the particles between them."""
    at = 0
    while at < len(words):
        if not words[at].named:
            at += 1
            continue
        end = at + 1
        while end < len(words) and end - at < _LONGEST and words[end].follows:
            if words[end].named:
                end += 1
            elif _joins(words, end):
                end += 2
            else:
                break
        yield list(words[at:end])
        at = end


def _joins(words: Sequence[_Word], at: int) -> bool:
    """Whether a particle stands there, and a name behind it."""
    return words[at].text in _PARTICLES and at + 1 < len(words) and words[at + 1].follows and words[at + 1].named


def _entity(text: str, run: Sequence[_Word]) -> Entity:
    start, end = run[0].start, run[-1].end
    name = _plain(text[start:end])
    return Entity(start, start + len(name), None, name)


def _plain(name: str) -> str:
    """The name without the ending of a possessive."""
    return re.sub(r"['’]s$|[-&]+$", "", name)

"""Kinds of texts on which a model may do better or worse; a text belongs to as many as fit it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics import Flags
from emotion.text.contractions import CONTRACTED, SPACED
from emotion.text.emoji import emoji_in

SHORT, LONG = 8, 20  # words, as white space parts them

_HASHTAG = re.compile(r"#(?=[\d_]*[^\W\d_])\w")
_MENTION = re.compile(r"(?<!\w)@\w")
_LINK = re.compile(r"https?://|\bwww\.|<url>", re.IGNORECASE)
_PASSED_ON = re.compile(r"(?:^|[^\w@])(?:RT|QT|MT) ?:? ?@\w|[\"“]@\w+ ?:", re.IGNORECASE)
_NEGATIONS = "no not never none nobody nothing nowhere neither nor without"


@dataclass(frozen=True)
class Kind:
    """A kind of texts: its name, what it means, and whether a text with this share of unknown words belongs to it."""

    name: str
    meaning: str
    holds: Callable[[str, float], bool]


@cache
def _negation() -> re.Pattern[str]:
    """Words that deny, and contractions with n't in every form that the tokeniser knows."""
    cut = (form for form, (_, second) in (CONTRACTED | SPACED).items() if second in ("n't", "not"))
    return re.compile(rf"(?<!\w)(?:{'|'.join([*_NEGATIONS.split(), *cut])})(?!\w)|n['’]t(?!\w)", re.IGNORECASE)


KINDS = (
    Kind("short", f"at most {SHORT} words", lambda text, _: len(text.split()) <= SHORT),
    Kind("long", f"more than {LONG} words", lambda text, _: len(text.split()) > LONG),
    Kind("emoji", "with an emoji", lambda text, _: bool(emoji_in(text))),
    Kind("hashtag", "with a hashtag", lambda text, _: bool(_HASHTAG.search(text))),
    Kind("mention", "with a user's name", lambda text, _: bool(_MENTION.search(text))),
    Kind("link", "with a link", lambda text, _: bool(_LINK.search(text))),
    Kind("retweet", "passed on or quoted", lambda text, _: bool(_PASSED_ON.search(text))),
    Kind("question", "with a question mark", lambda text, _: "?" in text),
    Kind("negation", "with not, never, n't and the like", lambda text, _: bool(_negation().search(text))),
    Kind("unknown", "with words unknown to the model", lambda _, unknown: unknown > 0),
)


def members(texts: list[str], unknown: NDArray[np.float32]) -> dict[str, Flags]:
    """Masks (N,) by kind; `unknown` (N,) is the share of words that the model does not know."""
    pairs = list(zip(texts, unknown.tolist(), strict=True))
    return {kind.name: np.fromiter((kind.holds(*pair) for pair in pairs), bool, len(pairs)) for kind in KINDS}

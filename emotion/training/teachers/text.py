"""What a transformer reads of a tweet: as in TweetEval (Barbieri et al. 2020), emoji in words where it knows none."""

import html
import re
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from emotion.text.emoji import EMOJI, name_words

_LINK = re.compile(r"(?:https?://|www\.)\S+")
_USER = re.compile(r"(?<!\w)@\w+")


class TextConfig(BaseModel):
    """How texts are cleaned before the tokenizer of the base cuts them.

    HTML references are resolved always. `users` and `links` become `@user` and `http`. `emoji: words` writes the words
    of their names, for a vocabulary that does not hold them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    users: bool = True
    links: bool = True
    emoji: Literal["words", "keep"] = "words"


def cleaned(text: str, config: TextConfig) -> str:
    """One text as the tokenizer gets it, white space made single."""
    text = html.unescape(text)
    if config.links:
        text = _LINK.sub("http", text)
    if config.users:
        text = _USER.sub("@user", text)
    if config.emoji == "words" and not text.isascii():
        text = EMOJI.sub(_spoken, text)
    return " ".join(text.split())


def _spoken(match: re.Match[str]) -> str:
    return _words(match[0])


@lru_cache(maxsize=1 << 12)
def _words(sequence: str) -> str:
    return f" {' '.join(name_words(sequence)) or sequence} "

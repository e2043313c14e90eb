"""Cleaning rules: one named switch a rule. They travel with the vocabulary inside the bundle (see docs/text.md)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Rules(BaseModel):
    """What is done to a text, in this order. The defaults are those of the shipped model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    html: bool = True  # &amp; -> &
    unicode: bool = True  # NFKC, curly quotes and dashes to plain ones, invisible characters out
    urls: bool = True  # pages and mail addresses -> <url>
    users: bool = True  # @name -> <user>
    hashtags: Literal["split", "word", "keep"] = "split"  # <hashtag> and its words; <hashtag> and one word; #word
    emoji: Literal["words", "marker", "keep"] = "words"  # <emoji> and the words of its name; <emoji>; as written
    numbers: bool = True  # 1,000 -> <num>
    lower: bool = True
    elongations: Literal["reduce", "mark", "keep"] = "reduce"  # soooo -> soo; soo <elong>; as written
    contractions: bool = True  # don't, dont, don t -> do n't
    stop_words: bool = False  # True takes them out; negations always stay
    max_tokens: int = Field(default=64, ge=1, le=4096)

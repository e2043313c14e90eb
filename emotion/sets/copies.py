"""When two texts are copies of each other."""

import html
import re

_RETWEET = re.compile(r"\A(?:\s*rt\s+@\w*:?)+")
_NOISE = re.compile(r"https?://\S+|\bhttps?\b|@\w+|[^\w]|_")


def key(text: str) -> str:
    """What two copies of a text share: its letters and digits, without users, links, case and punctuation.

    A retweet is a copy of what it repeats, and HTML references are what they stand for. Texts of nothing else (emoji,
    say) are compared as they are.
    """
    plain = html.unescape(html.unescape(text))  # some archives hold them escaped twice
    return _NOISE.sub("", _RETWEET.sub("", plain.lower())) or plain

"""When two texts are copies of each other."""

import html
import re
import unicodedata

from emotion.text.marks import MARKS

_RETWEET = re.compile(r"\A(?:\s*rt\s+@\w*:?)+")
_ELSEWHERE = r"https?://\S+|\bhttps?\b|@\w+"
_NOISE = re.compile(rf"{_ELSEWHERE}|[^\w{MARKS}]|_")
_NO_LETTER = re.compile(rf"{_ELSEWHERE}|[^\w]|_")


def key(text: str) -> str:
    """What two copies of a text share: its letters and digits, without users, links, case and punctuation.

    Letters are compared in Unicode's form NFKC, with the marks that are vowels in many a script. A retweet is a copy of
    what it repeats, and HTML references are what they stand for. Texts of nothing else (emoji, say) are compared whole.
    """
    plain = _plain(text)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain)
    return _NOISE.sub("", _RETWEET.sub("", plain.lower())) or plain


def lot(text: str) -> str:
    """What chance deals a text out by. It knows neither marks nor forms of Unicode: else splits would not stay."""
    plain = _plain(text)
    return _NO_LETTER.sub("", _RETWEET.sub("", plain.lower())) or plain


def _plain(text: str) -> str:
    return html.unescape(html.unescape(text))  # some archives hold them escaped twice

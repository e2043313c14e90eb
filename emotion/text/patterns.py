"""What kinds of tokens a chunk (what stands between white space) holds, as one regular expression.

Every repetition is possessive, bounded or ends where its class ends, so that time is linear in the chunk's length.
"""

import re

from emotion.text.emoji import EMOJI
from emotion.text.emoticons import EMOTICON

_LETTER = r"[^\W_]"
_MARK = (  # combining marks inside words, which \w leaves out: Latin, Cyrillic, Hebrew, Arabic, Indic, Thai
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0dff\u0e31-\u0e4e]"
)
_PATH = r"[^\s<>\"\u2000-\u206f\u2190-\u2bff\u3000-\u303f\ud800-\uf8ff\ufe00-\uffff\U00010000-\U0010ffff]"
_END = r"(?<!['.,!?:;)\]}*])"  # an address does not end with the sign of a sentence
_HOST = r"(?:[a-zA-Z0-9-]{1,63}\.){1,5}"
_ADDRESSES = (
    rf"(?i:https?)://{_PATH}*{_END}",
    r"(?i:https?)(?::/{0,2})?(?=\.\.\.)",  # cut by the length of an old retweet
    rf"(?i:www)\.{_PATH}+{_END}",
    rf"[\w.+-]{{1,64}}@{_HOST}[a-zA-Z]{{2,24}}",
    rf"{_HOST}(?i:com|org|net|edu|gov|info)(?!{_LETTER})(?:/{_PATH}*{_END})?",
    rf"{_HOST}[a-z]{{2}}/{_PATH}+{_END}",
)
_WORDS = (
    rf"(?={_LETTER})(?:[^\W_h]++|h(?!ttps?://)|{_MARK}++)++(?:'(?:{_LETTER}|{_MARK})++)*+",
    rf"'(?i:s|m|re|ve|ll|d)(?!{_LETTER})",  # the second half of a contraction that came already cut
)
_KINDS = {
    "url": "|".join(_ADDRESSES),
    "user": rf"(?<!{_LETTER})@\w++(?:@{_HOST}[a-zA-Z]{{2,24}})?",
    "hashtag": rf"#(?=[\d_]*+[^\W\d_])(?:\w|{_MARK})++",
    "emoticon": EMOTICON,
    "emoji": rf"(?P<one>{EMOJI.pattern})(?P=one)*+",
    "number": rf"\d++(?:[.,:]\d++)++|\d++(?!{_LETTER})",
    "word": "|".join(_WORDS),
    "sign": r"(?P<same>.)(?P=same)*+",
}

TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()), re.DOTALL)
"""The name of the group that matched is the kind; together the matches cover the chunk."""

SIMPLE = re.compile(r"(?!http|[xX][dD]+(?![a-zA-Z]))([a-zA-Z]++(?:'[a-zA-Z]++)*+)(([.,!?])\3*+)?")
"""Most chunks: a word, perhaps with one sign behind it. TOKEN cuts them alike, more slowly."""

USER_ALONE = re.compile(r"@\w+")
"""A chunk that is a user's name and nothing more."""

CHUNK = re.compile(r"\S+")

REPEATED = re.compile(r"([^\W\d_][^\W\d_]??)\1{2,}")
"""A letter, or two in turn, three times or more."""

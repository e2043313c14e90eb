"""When two texts are copies of each other."""

import re

_NOISE = re.compile(r"https?://\S+|@\w+|[^\w]|_")


def key(text: str) -> str:
    """What two copies of a text share: its letters and digits, without users, links, case and punctuation.

    Texts of nothing else (emoji, say) are compared as they are.
    """
    return _NOISE.sub("", text.replace("&amp;", "&").lower()) or text

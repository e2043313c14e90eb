"""Small changes of a text that leave what is felt as it was. None where a change has nothing to change."""

import re
from collections.abc import Callable
from random import Random
from zlib import crc32

Perturbation = Callable[[str, Random], str | None]

_CONTRACTED = {
    "I am": "I'm",
    "it is": "it's",
    "It is": "It's",
    "do not": "don't",
    "did not": "didn't",
    "cannot": "can't",
    "is not": "isn't",
    "was not": "wasn't",
    "I have": "I've",
    "we are": "we're",
    "We are": "We're",
    "that is": "that's",
}
_TONES = [chr(code) for code in range(0x1F3FB, 0x1F400)]
_LETTERS = re.compile(r"[a-z]{5,}")
_END = re.compile(r"[.!?…]+$")


def perturbed(name: str, text: str) -> str | None:
    """The text after the change of this name, the same each time; None where it stays as it was."""
    after = PERTURBATIONS[name](text, Random(crc32(text.encode())))
    return None if after == text else after


def typo(text: str, random: Random) -> str | None:
    """Two neighbouring letters change places, in one word of five or more, its first and last letter left alone."""
    return _in_a_word(text, random, lambda word, at: word[:at] + word[at + 1] + word[at] + word[at + 2 :])


def missing_letter(text: str, random: Random) -> str | None:
    """One letter is gone, in one word of five or more, its first and last letter left alone."""
    return _in_a_word(text, random, lambda word, at: word[:at] + word[at + 1 :])


def mention(text: str, random: Random) -> str:
    """A user is spoken to."""
    return f"@{random.choice(('maria_82', 'JohnDoe', 'theguardian', 'k8e'))} {text}"


def url(text: str, random: Random) -> str:
    """A link follows."""
    return f"{text} https://t.co/{random.randrange(16**10):010x}"


def retweet(text: str, _: Random) -> str:
    """The mark of an old retweet stands before."""
    return f"RT @someone: {text}"


def hashtag(text: str, random: Random) -> str | None:
    """One word of five or more letters becomes a hashtag."""
    found = list(_LETTERS.finditer(text))
    if not found:
        return None
    at = random.choice(found).start()
    return f"{text[:at]}#{text[at:]}"


def skin_tone(text: str, random: Random) -> str | None:
    """Every emoji that has skin tones gets one."""
    from emoji import is_emoji

    tone = random.choice(_TONES)
    return "".join(
        one + tone if not one.isascii() and one not in _TONES and is_emoji(one + tone) else one for one in text
    )


def contraction(text: str, _: Random) -> str:
    """I am becomes I'm, do not becomes don't."""
    for full, short in _CONTRACTED.items():
        text = re.sub(rf"\b{full}\b", short, text)
    return text


def expansion(text: str, _: Random) -> str:
    """I'm becomes I am, don't becomes do not."""
    for full, short in _CONTRACTED.items():
        text = re.sub(rf"\b{short}\b", full, text)
    return text


def no_apostrophe(text: str, _: Random) -> str:
    """don't becomes dont."""
    return re.sub(r"(?<=\w)'(?=\w)", "", text)


def upper(text: str, _: Random) -> str:
    """Capitals only."""
    return text.upper()


def lower(text: str, _: Random) -> str:
    """Small letters only."""
    return text.lower()


def title(text: str, _: Random) -> str:
    """Each Word Begins With A Capital."""
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def no_punctuation(text: str, _: Random) -> str:
    """The signs at the end are gone."""
    return _END.sub("", text)


def exclamation(text: str, _: Random) -> str:
    """The text ends in two exclamation marks."""
    return f"{_END.sub('', text)}!!"


def ellipsis(text: str, _: Random) -> str:
    """The text ends in three dots."""
    return f"{_END.sub('', text)}..."


def elongation(text: str, random: Random) -> str | None:
    """The last vowel of one word is held for looong."""
    found = list(re.finditer(r"\b[a-z]*([aeiou])[b-df-hj-np-tv-z]*\b", text))
    if not found:
        return None
    at = random.choice(found).start(1)
    return text[:at] + 4 * text[at] + text[at + 1 :]


def spaces(text: str, _: Random) -> str:
    """Two spaces between words."""
    return text.replace(" ", "  ")


def _in_a_word(text: str, random: Random, change: Callable[[str, int], str]) -> str | None:
    found = list(_LETTERS.finditer(text))
    if not found:
        return None
    match = random.choice(found)
    word = match[0]
    places = [at for at in range(1, len(word) - 2) if word[at] != word[at + 1]] or [1]
    return text[: match.start()] + change(word, random.choice(places)) + text[match.end() :]


PERTURBATIONS: dict[str, Perturbation] = {
    "typo": typo,
    "missing letter": missing_letter,
    "mention": mention,
    "url": url,
    "retweet": retweet,
    "hashtag": hashtag,
    "skin tone": skin_tone,
    "contraction": contraction,
    "expansion": expansion,
    "no apostrophe": no_apostrophe,
    "upper": upper,
    "lower": lower,
    "title": title,
    "no punctuation": no_punctuation,
    "exclamation": exclamation,
    "ellipsis": ellipsis,
    "elongation": elongation,
    "spaces": spaces,
}
"""By the name that a test gives."""

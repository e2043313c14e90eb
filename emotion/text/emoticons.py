"""Emoticons typed in plain characters, and the words that the emoji of the same meaning has in its name."""

import re

_AFTER_WORD = r"(?<![^\W_])"
_WORD_NEXT = r"(?![^\W_])"
_ALONE = r"(?<!.)", r"(?!.)"
_EYES = r"(?<!\d)[:=]"
_SAD = r"(?:[(\[{]+|[cC]+(?![^\W_]))"
_GLAD = r"(?:[)\]}]+|3+(?![^\W_]))"

# The first pattern that matches decides. Eyes do not follow a digit (10:30), mouths that are letters end a word.
_MEANINGS = (
    (r"<+3+(?!\d)", "red heart"),
    (r"</+3+(?!\d)", "broken heart"),
    (r"(?<!\d)[:=;]['`,]-?[)\]D]+" + _WORD_NEXT, "face with tears of joy"),
    (r"(?<!\d)[:=;]['`,]-?[(\[/|]+", "crying face"),
    (r">[:=;]-?[(\[{/|@<]+", "angry face"),
    (r"(?<!\d)[:=]-?@+" + _WORD_NEXT, "angry face"),
    (rf"(?:{_EYES}[-^o]?D+|{_AFTER_WORD}[xX]-?[dD]+){_WORD_NEXT}", "grinning face"),
    (r"(?<!\d);[-^o]?[)\]}D]+" + _WORD_NEXT, "winking face"),
    (rf"{_EYES}[-^o]?{_GLAD}", "smiling face"),
    (rf"(?<!\d)[:=;][-^o]?{_SAD}", "frowning face"),
    (rf"(?<!\d)[:=;][-^o]?[pP]+{_WORD_NEXT}", "face with tongue"),
    (rf"{_EYES}[-^]?[oO0]+{_WORD_NEXT}", "astonished face"),
    (rf"{_EYES}[-^]?(?:[/\\]+|[sS]+{_WORD_NEXT})", "confused face"),
    (rf"{_EYES}[-^]?\|+", "neutral face"),
    (rf"(?<!\d)[:=;][-^]?(?:\*+|[xX]+{_WORD_NEXT})", "kissing face"),
    (rf"{_EYES}[-^]?\$+", "flushed face"),
    (rf"{_ALONE[0]}D+-?[:=]{_ALONE[1]}", "anguished face"),
    (rf"{_ALONE[0]}[(\[]+[-^o]?[:=]{_ALONE[1]}", "smiling face"),
    (rf"{_ALONE[0]}[(\[]+[-^o]?;{_ALONE[1]}", "winking face"),
    (rf"{_ALONE[0]}[)\]]+[-^o]?[:=;]{_ALONE[1]}", "frowning face"),
    (r"\^[_.-]*\^", "smiling face"),
    (r"-[_.]+-", "expressionless face"),
    (r">[_.]+<", "persevering face"),
    (rf"{_AFTER_WORD}[tT;][_.]+[tT;]{_WORD_NEXT}", "crying face"),
    (rf"{_AFTER_WORD}[oO0][_.]+[oO0]{_WORD_NEXT}", "confused face"),
    (r"\\+[oO]/+", "raising hands"),
    (r"\\?_?\(ツ\)_?/?", "person shrugging"),
)
_COMPILED = tuple((re.compile(pattern, re.DOTALL), name.split()) for pattern, name in _MEANINGS)
STARTS = r"""[:;=<>\^\\\-(\[)\]xXDdtToO0_]"""
EMOTICON = f"(?={STARTS})(?:{'|'.join(pattern for pattern, _ in _MEANINGS)})"


def emoticon_words(emoticon: str) -> list[str]:
    """The words that stand for a text matched by EMOTICON."""
    return next((words for pattern, words in _COMPILED if pattern.fullmatch(emoticon)), [])

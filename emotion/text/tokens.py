"""Tokens of a tweet: the text is normalised, cut at white space, and each distinct chunk is worked out once.

A chunk (what stands between white space) is cut by one regular expression into addresses, users, hashtags, emoticons,
emoji, numbers, words and signs; the rule of its kind turns each into words. A tweet is mostly chunks met before, and
those cost one lookup.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import NamedTuple
from unicodedata import category

from emotion.text.contractions import CONTRACTED, ENDINGS, SPACED, parted
from emotion.text.emoji import EMOJI, name_words
from emotion.text.emoticons import emoticon_words
from emotion.text.hashtags import Splitter
from emotion.text.memo import Memo
from emotion.text.normal import aligned, normal
from emotion.text.patterns import CHUNK, REPEATED, SIMPLE, TOKEN, USER_ALONE
from emotion.text.rules import Rules
from emotion.text.stop_words import STOP_WORDS

URL, USER, NUMBER, HASHTAG, EMOJI_MARK, ELONGATED = "<url>", "<user>", "<num>", "<hashtag>", "<emoji>", "<elong>"
LONGEST_WORD = 64  # characters; the rest of a longer one is cut off


Words = tuple[str, ...]


class Token(NamedTuple):
    """A normalised word and the place of its source in the raw text; the words of one hashtag or emoji share theirs."""

    word: str
    start: int
    end: int


class Tokenizer:
    """Words of texts by the rules; `counts` (the vocabulary's) decide how hashtags are cut and elongations end.

    Any string gives an answer, in time linear in its length; words hold no white space and no lone surrogate.
    """

    def __init__(self, rules: Rules, counts: Mapping[str, int] | None) -> None:
        self.rules = rules
        self.counts = counts
        self._splitter = Splitter(counts)
        self._known = Memo(self._chunk_words, passing=("@", "http"))
        self._words = Memo(self._word_parts)
        self._kinds: dict[str, Callable[[str], Words]] = {
            "url": self._url,
            "user": self._user,
            "hashtag": self._hashtag,
            "emoticon": self._emoticon,
            "emoji": self._emoji,
            "number": self._number,
            "word": self._word,
            "sign": self._sign,
        }

    def __reduce__(self) -> tuple[type["Tokenizer"], tuple[Rules, Mapping[str, int] | None]]:
        return Tokenizer, (self.rules, self.counts)

    def tokens(self, text: str) -> list[str]:
        """The words of a text, all of them (`max_tokens` is the encoder's)."""
        if not text.isascii() or "&" in text:
            text = normal(text, self.rules.html, self.rules.unicode)
        chunks = text.split()
        if not ENDINGS.isdisjoint(chunks) and self.rules.contractions:
            chunks = [" ".join(chunks[first:last]) for first, last in _groups(chunks)]
        return list(chain.from_iterable(map(self._known.__getitem__, chunks)))

    def spans(self, text: str, limit: int | None = None) -> list[Token]:
        """The same words with their places, at most `limit` of them."""
        plain = aligned(text, self.rules.html, self.rules.unicode)
        tokens = (
            Token(word, plain.starts[start], plain.ends[end - 1])
            for start, end, words in self._placed(plain.text)
            for word in words
        )
        return list(islice(tokens, limit))

    def _placed(self, text: str) -> Iterator[tuple[int, int, Words]]:
        found = list(CHUNK.finditer(text))
        chunks = [match[0] for match in found]
        groups = _groups(chunks) if self.rules.contractions else ((i, i + 1) for i in range(len(chunks)))
        for first, last in groups:
            start = found[first].start()
            if last - first > 1:
                yield start, found[last - 1].end(), self._kept(self._word(" ".join(chunks[first:last])))
            else:
                for begin, end, words in self._parts(chunks[first]):
                    yield start + begin, start + end, words

    def _chunk_words(self, chunk: str) -> Words:
        if simple := SIMPLE.fullmatch(chunk):
            words = self._words[simple[1]]
            return self._kept((*words, *self._sign(simple[2])) if simple[2] else words)
        if " " in chunk:
            return self._kept(self._words[chunk])
        if USER_ALONE.fullmatch(chunk):
            return self._user(chunk)
        return tuple([word for _, _, words in self._parts(chunk) for word in words])

    def _parts(self, chunk: str) -> Iterator[tuple[int, int, Words]]:
        for match in TOKEN.finditer(chunk):
            yield *match.span(), self._kept(self._kinds[str(match.lastgroup)](match[0]))

    def _kept(self, words: Words) -> Words:
        if not self.rules.stop_words:
            return words
        return tuple(word for word in words if word not in STOP_WORDS)

    def _url(self, raw: str) -> Words:
        return (URL,) if self.rules.urls else (self._cased(raw),)

    def _user(self, raw: str) -> Words:
        return (USER,) if self.rules.users else (self._cased(raw),)

    def _hashtag(self, raw: str) -> Words:
        if self.rules.hashtags == "keep":
            return (self._cased(raw),)
        tag = self._shortened(raw[1:])
        words = self._splitter.words(tag) if self.rules.hashtags == "split" else (tag,)
        return (HASHTAG, *(part for word in words for part in self._parted(word)))

    def _emoticon(self, raw: str) -> Words:
        return self._pictured(raw, emoticon_words)

    def _emoji(self, raw: str) -> Words:
        one = EMOJI.match(raw)
        assert one is not None
        return self._repeated(self._pictured(one[0], name_words), len(raw) // one.end())

    def _pictured(self, raw: str, words: Callable[[str], list[str]]) -> Words:
        if self.rules.emoji == "keep":
            return (raw[:LONGEST_WORD],)
        return (EMOJI_MARK, *words(raw)) if self.rules.emoji == "words" else (EMOJI_MARK,)

    def _word(self, raw: str) -> Words:
        return self._words[raw]

    def _word_parts(self, raw: str) -> Words:
        short = self._shortened(raw)
        words = self._parted(short)
        return (*words, ELONGATED) if self.rules.elongations == "mark" and short != raw else words

    def _parted(self, raw: str) -> Words:
        if raw.isdecimal():
            return self._number(raw)
        word = self._cased(raw)
        return parted(word) if self.rules.contractions else (word,)

    def _number(self, raw: str) -> Words:
        return (NUMBER,) if self.rules.numbers else (self._cased(raw),)

    def _sign(self, raw: str) -> Words:
        sign = raw[0]
        if category(sign)[0] not in "PS":
            return ()  # control characters, stray joiners and marks, private and unassigned ones
        if sign == "." and len(raw) > 1 and self.rules.elongations != "keep":
            return ("...",)
        return self._repeated((sign,), len(raw))

    def _repeated(self, words: Words, times: int) -> Words:
        """Three times or more become two."""
        if times < 3 or self.rules.elongations == "keep":
            return words * times
        return (*words, *words, ELONGATED) if self.rules.elongations == "mark" else words * 2

    def _shortened(self, word: str) -> str:
        """Three or more of a letter (or of two in turn: hahaha) become two, or one where only that form is known."""
        if self.rules.elongations == "keep" or not REPEATED.search(word):
            return word
        two = REPEATED.sub(r"\1\1", word)
        one = REPEATED.sub(r"\1", word)
        return one if not self._knows(two) and self._knows(one) else two

    def _knows(self, word: str) -> bool:
        cased = self._cased(word)
        return cased in CONTRACTED or (self.counts is not None and cased in self.counts)

    def _cased(self, word: str) -> str:
        return (word.lower() if self.rules.lower else word)[:LONGEST_WORD]


def _groups(chunks: list[str]) -> Iterator[tuple[int, int]]:
    """First and last (excluded) of the chunks that belong together: two in "don t", else one."""
    first = 0
    while first < len(chunks):
        pair = chunks[first + 1 : first + 2]
        double = pair and pair[0] in ENDINGS and f"{chunks[first]} {pair[0]}".lower() in SPACED
        last = first + 2 if double else first + 1
        yield first, last
        first = last

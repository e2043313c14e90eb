"""Tweets a second from text to ids, beside rules applied one after the other to every text and token.

    python benchmarks/text.py                     tweets made here
    python benchmarks/text.py FILE                one tweet a line
    python benchmarks/text.py --tweets 200000 --repeat 5

One core, CPU time, best of the repeats, the ways in turn. "first" starts with an empty memory, "again" goes on with it;
"rule by rule" does a little less than the rules ask for.
"""

import argparse
import random
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate
from pathlib import Path

from emotion.text.contractions import parted
from emotion.text.emoji import EMOJI, name_words
from emotion.text.encoder import Encoder
from emotion.text.normal import normal
from emotion.text.patterns import REPEATED
from emotion.text.rules import Rules
from emotion.text.vocabulary import UNKNOWN, Vocabulary

BATCH = 1024
STARTS = ["b", "br", "c", "d", "f", "fl", "g", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "th", "w"]
MIDDLES = ["a", "ai", "e", "ea", "i", "o", "oo", "u", "y"]
ENDS = ["", "n", "r", "s", "t", "ly", "ng", "ck"]
EXTRAS = ("!", "...", "!!!", ",", ".", "?", " :)", " 😂😂", " &amp;", " don't", " I'm", " soooo", " <3")


def made(count: int) -> list[str]:
    """Tweets of 15 tokens on average: words by Zipf's law, a name in each third, a link or hashtag in each tenth."""
    source = random.Random(0)
    words = [a + b + c + d for d in ["", "ed", "er"] for c in ENDS for b in MIDDLES for a in STARTS]
    words += [first + second for first in words[:150] for second in words[:150]]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    return [_tweet(source, words, weights) for _ in range(count)]


def _tweet(source: random.Random, words: list[str], weights: list[float]) -> str:
    tokens = source.choices(words, cum_weights=weights, k=source.randint(6, 17))
    tokens[-1] += source.choice(EXTRAS)
    if source.random() < 0.33:
        tokens.insert(0, f"@{source.choice(words)}{source.randrange(1000)}")
    if source.random() < 0.1:
        tokens.append(f"http://t.co/{source.getrandbits(48):x}")
    if source.random() < 0.1:
        tokens.append("#" + "".join(source.choices(words[:300], k=2)))
    return " ".join(tokens).capitalize()


class Plainly:
    """The rules one after the other: regular expressions over each text, then over each of its tokens."""

    def __init__(self, encoder: Encoder) -> None:
        self.ids = encoder.vocabulary.ids

    def encode(self, texts: list[str]) -> list[list[int]]:
        return [[self.ids.get(word, UNKNOWN) for word in self._words(text)][:64] for text in texts]

    def _words(self, text: str) -> Iterator[str]:
        text = normal(text, True, True)
        text = re.sub(r"https?://\S+", " <url> ", text)
        text = re.sub(r"@\w+", " <user> ", text)
        text = re.sub(r"#(\w+)", r" <hashtag> \1 ", text)
        text = re.sub(r"[:=]-?\)", " <emoji> smiling face ", text)
        text = re.sub(r"<3+", " <emoji> red heart ", text)
        text = EMOJI.sub(lambda match: f" <emoji> {' '.join(name_words(match[0]))} ", text)
        text = re.sub(r"\b\d+(?:[.,:]\d+)*\b", " <num> ", text)
        for token in re.findall(r"<[a-z]+>|[^\W_]+(?:'[^\W_]+)*|\S", text.lower()):
            yield from parted(REPEATED.sub(r"\1\1", token))


def rate(encode: Callable[[list[str]], object], texts: list[str]) -> float:
    """Tweets per CPU-second."""
    start = time.process_time()
    for first in range(0, len(texts), BATCH):
        encode(texts[first : first + BATCH])
    return len(texts) / (time.process_time() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--tweets", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    texts = options.file.read_text("utf-8", "replace").split("\n") if options.file else made(options.tweets)
    texts = texts[: options.tweets]
    report(texts, options.repeat)


def report(texts: list[str], repeat: int) -> None:
    rules = Rules()
    vocabulary = Vocabulary.learn(texts, rules, max_size=30_000)
    rates: dict[str, list[float]] = {"rule by rule": [], "first": [], "again": [], "with places": []}
    encoder = Encoder(rules, vocabulary)
    encoder.encode(["😂"])  # loads the names
    for _ in range(repeat):
        encoder = Encoder(rules, vocabulary)
        rates["rule by rule"].append(rate(Plainly(encoder).encode, texts))
        rates["first"].append(rate(encoder.encode, texts))
        rates["again"].append(rate(encoder.encode, texts))
        rates["with places"].append(rate(partial(encoder.encode, spans=True), texts))
    print(f"{len(texts):,} tweets, {len(encoder.encode(texts).ids) / len(texts):.1f} tokens each")
    base = max(rates["rule by rule"])
    for name, each in rates.items():
        print(f"{name:<14}{max(each):>10,.0f} tweets/s{max(each) / base:>8.1f} x")


if __name__ == "__main__":
    main()

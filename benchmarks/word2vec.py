"""Own vectors by gensim beside the same by torch: words a second, and what the vectors are worth.

    python -m benchmarks.word2vec TEXTS --data DATA      # TEXTS: what `emotion embed` reads

Both learn CBOW and skip-gram from the same cleaned texts, with the same window, dimension, negatives, subsampling,
passes and rate, on one thread. Worth is macro-F1 of a linear model on the mean vector of a tweet's words (TweetEval
emotion, below DATA), and how many analogies are met. CPU seconds of learning alone, not of reading.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from emotion.sets.datasets import SetConfig
from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer
from emotion.tweets.reader import ReadOptions
from emotion.tweets.selection import Selection
from emotion.vectors.config import CBOWConfig, SkipGramConfig
from emotion.vectors.own.config import OwnConfig
from emotion.vectors.own.learn import Own, learn
from emotion.vectors.own.look import look
from emotion.vectors.own.spool import Corpus, cleaned
from emotion.vectors.own.texts import tweets

BATCH = 4096  # words whose neighbours are learnt together by torch
RATE = 2.5e-3  # of sparse Adam, falling to nothing, as gensim's .025 of plain descent does
BLOCK = 200_000  # words of text laid out at a time
TWEETEVAL = SetConfig.model_validate(
    {"format": "tweeteval", "train": ["tweeteval_emotion/train_text.txt"], "test": ["tweeteval_emotion/val_text.txt"]}
)


def by_torch(corpus: Corpus, config: OwnConfig) -> Own:
    """As `learn`: negative sampling over pairs that do not leave their tweet."""
    torch.manual_seed(config.seed)
    ids = {word: number for number, word in enumerate(corpus.counts)}
    counts = torch.tensor([float(count) for count in corpus.counts.values()])
    width = config.method.dimension
    rows, out = nn.Embedding(len(ids), width, sparse=True), nn.Embedding(len(ids), width, sparse=True)
    nn.init.uniform_(rows.weight, -0.5 / width, 0.5 / width)
    nn.init.zeros_(out.weight)
    optimiser = torch.optim.SparseAdam([rows.weight, out.weight], lr=RATE)
    total, done = config.method.epochs * int(counts.sum()), 0
    kept = (config.method.sample * counts.sum() / counts).sqrt().clamp(max=1)  # as Mikolov et al. 2013 thin out
    for words, bounds in blocks(corpus, ids, config.method.epochs):
        optimiser.param_groups[0]["lr"] = RATE * max(1 - done / total, 1e-3)
        done += len(words)
        chosen = torch.rand(len(words)) < kept[words]
        for centres, near in batches(words[chosen], bounds[chosen], config.method.window):
            if config.kind == "skipgram":
                centres, near = centres.unsqueeze(1).expand_as(near)[near >= 0], near[near >= 0].unsqueeze(1)
            loss = negative_sampling(rows, out, near, centres, counts, config.method.negative)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()  # type: ignore[no-untyped-call]  # torch's own
    return Own(corpus.counts, rows.weight.detach().numpy(), None)


def negative_sampling(
    rows: nn.Embedding, out: nn.Embedding, near: Tensor, centres: Tensor, counts: Tensor, negative: int
) -> Tensor:
    """Loss of telling centres (B,) from drawn words by the mean of the words near (B, N), -1 where there is none."""
    there = (near >= 0).unsqueeze(2)
    mean = (rows(near.clamp(min=0)) * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)
    drawn = torch.multinomial(counts**0.75, len(centres) * negative, replacement=True).view(-1, negative)
    true = logsigmoid((mean * out(centres)).sum(dim=1))
    false = logsigmoid(-(out(drawn) @ mean.unsqueeze(2)).squeeze(2)).sum(dim=1)
    loss: Tensor = -(true + false).sum()
    return loss


def blocks(corpus: Corpus, ids: dict[str, int], epochs: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Words (N,) of many tweets one after the other, with the number of each word's tweet."""
    for _ in range(epochs):
        words: list[int] = []
        tweet_of: list[int] = []
        for number, tweet in enumerate(corpus):
            known = [ids[word] for word in tweet if word in ids]
            words += known
            tweet_of += [number] * len(known)
            if len(words) >= BLOCK:
                yield torch.tensor(words), torch.tensor(tweet_of)
                words, tweet_of = [], []
        if words:
            yield torch.tensor(words), torch.tensor(tweet_of)


def batches(words: Tensor, bounds: Tensor, window: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Words (B,) and those to both sides (B, 2 * window) in a window drawn for each word, -1 where there is none."""
    places = torch.arange(len(words))
    reach = torch.randint(1, window + 1, (len(words),))
    near = []
    for step in (*range(-window, 0), *range(1, window + 1)):
        other = (places + step).clamp(0, len(words) - 1)
        there = (bounds[other] == bounds) & (other == places + step) & (abs(step) <= reach)
        near.append(torch.where(there, words[other], -1))
    found = torch.stack(near, dim=1)
    order = torch.randperm(len(words))
    order = order[(found[order] >= 0).any(dim=1)]
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        yield words[rows], found[rows]


def worth(own: Own, data: Path) -> tuple[float, int]:
    """Macro-F1 of a linear model over means of vectors, and analogies met."""
    tokenizer = Tokenizer(Rules(), own.counts)
    places = {word: number for number, word in enumerate(own.words)}
    unit = own.rows / np.maximum(np.linalg.norm(own.rows, axis=1, keepdims=True), 1e-9)

    def means(texts: list[str]) -> NDArray[np.float32]:
        found = np.zeros((len(texts), own.rows.shape[1]), np.float32)
        for row, text in zip(found, texts, strict=True):
            known = [places[word] for word in tokenizer.tokens(text) if word in places]
            row[:] = unit[known].mean(axis=0) if known else 0
        return found

    splits = TWEETEVAL.load(data)
    labels = {name: rows.targets.argmax(axis=1) for name, rows in splits.items()}
    model = LogisticRegression(C=10, max_iter=2000).fit(means(splits["train"].texts), labels["train"])
    found = f1_score(labels["test"], model.predict(means(splits["test"].texts)), average="macro")
    return float(found), sum(analogy.met for analogy in look(own).analogies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--dimension", type=int, default=128)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print("| method | by | words a CPU second | macro-F1 | analogies met |\n| --- | --- | --- | --- | --- |")
    for kind, window in ((CBOWConfig, 2), (SkipGramConfig, 5)):
        config = OwnConfig(method=kind(dimension=asked.dimension, window=window, epochs=asked.epochs))
        with tempfile.TemporaryDirectory() as folder:
            texts = tweets(asked.texts, Selection(), ReadOptions(retweets="fold"))
            with cleaned(texts, Rules(), config, Path(folder) / "vectors") as corpus:
                for name, learner in (("gensim", learn), ("torch", by_torch)):
                    began = time.process_time()
                    own = learner(corpus, config)
                    speed = corpus.tokens * asked.epochs / (time.process_time() - began)
                    quality, met = worth(own, asked.data)
                    print(f"| {config.kind} | {name} | {speed:,.0f} | {quality:.3f} | {met} |", flush=True)


if __name__ == "__main__":
    main()

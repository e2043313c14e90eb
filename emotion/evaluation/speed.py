"""How fast a model is on one thread, from texts to predictions."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emotion.evaluation.comparison import Speeds

if TYPE_CHECKING:
    from emotion.predictor import Predictor

TEXTS = 2048  # timed at most
ROUNDS = 3  # the fastest counts: what else the machine does only ever slows


def speeds(first: "Predictor", second: "Predictor", texts: Sequence[str]) -> Speeds:
    """Texts a second of two models on the same texts, in turn, after one round each that is not timed."""
    distinct = list(dict.fromkeys(texts))[:TEXTS]  # a predictor computes equal texts once
    best = [float("inf"), float("inf")]
    with one_thread():
        for round in range(ROUNDS + 1):
            for which, predictor in enumerate((first, second)):
                started = time.perf_counter()
                predictor(distinct)
                if round:
                    best[which] = min(best[which], time.perf_counter() - started)
    return Speeds(len(distinct), len(distinct) / best[0], len(distinct) / best[1])


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread of torch inside, as many as before after it."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

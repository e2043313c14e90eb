"""What the tests of this room share: answers from a few numbers."""

from collections.abc import Sequence

import numpy as np

from emotion.evaluation.answers import Answers, best
from emotion.evaluation.result import Evaluation, Model, Task


def given(
    truth: Sequence[Sequence[int]],
    scores: Sequence[Sequence[float]],
    task: Task = "single",
    threshold: float = 0.5,
    labels: Sequence[str] = "abcdefgh",
) -> Answers:
    """Answers with these flags and scores, a row a text."""
    flags, found = np.array(truth, bool), np.array(scores, np.float32)
    guess = found >= np.float32(threshold) if task == "multi" else best(found)
    return Answers(task, tuple(labels[: flags.shape[1]]), np.arange(len(flags)), flags, found, guess)


def one_hot(numbers: Sequence[int], count: int) -> list[list[int]]:
    """Flags of one label a text."""
    return [[int(number == i) for i in range(count)] for number in numbers]


def guessing(truth: Sequence[int], guess: Sequence[int], count: int) -> Answers:
    """Single-label answers that give these labels."""
    return given(one_hot(truth, count), one_hot(guess, count))


def random_answers(task: Task, rows: int = 200, labels: int = 4, seed: int = 0) -> Answers:
    """Answers of a model that knows something."""
    random = np.random.default_rng(seed)
    scores = random.random((rows, labels))
    noisy = scores + random.normal(0, 0.3, scores.shape)
    truth = noisy > 0.6 if task == "multi" else noisy == noisy.max(axis=1, keepdims=True)
    return given(truth.astype(int).tolist(), scores.tolist(), task)


def evaluation(*sets: object, name: str = "made", seed: int = 0) -> Evaluation:
    """An evaluation of these sets."""
    return Evaluation(Model(f"{seed:016x}", name, "exact"), tuple(sets), 0, seed)  # type: ignore[arg-type]

"""Made tweets whose words keep company with their like: what own vectors can learn from."""

import random
from collections.abc import Iterator
from pathlib import Path

from tests.tweets.made import lines, status

PETS = ("cat", "dog", "pet", "fur", "paw", "purr", "bark")
SEAS = ("sea", "sand", "wave", "boat", "salt", "tide", "swim")


def made(count: int, seed: int = 0) -> Iterator[str]:
    """Texts of seven words, all of pets or all of the sea."""
    chance = random.Random(seed)
    for _ in range(count):
        yield " ".join(chance.choices(chance.choice((PETS, SEAS)), k=7))


def archive(path: Path, texts: list[str]) -> Path:
    path.write_bytes(lines(status(number, text) for number, text in enumerate(texts)))
    return path

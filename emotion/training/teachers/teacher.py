"""What every teacher can do, and which kinds there are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from emotion.errors import UsageError
from emotion.models.config import HeadConfig
from emotion.models.registry import Registry
from emotion.objects.address import is_remote
from emotion.sets.labelled import Targets
from emotion.training.hardware import Hardware


class Teacher(Protocol):
    """Anything that scores texts. `id` tells what decides its scores; equal ids give equal scores."""

    id: str
    heads: tuple[HeadConfig, ...]

    def scores(self, texts: Sequence[str]) -> dict[str, Targets]:
        """Scores (N, L) from 0 to 1 by head, in the order of the texts."""
        ...


def load_teacher(name: str, hardware: Hardware) -> Teacher:
    """The teacher that a name stands for.

    A directory that `emotion teach` made, a bundle (or `shipped`, or what the registry calls one), or a Hugging Face
    sequence classifier, which may be given as `HEAD=DIRECTORY` to say what its head is called.

    Raises:
        UsageError: it is none of these.
        BundleError: it is damaged.
    """
    head, path = _split(name)
    if head is None and (path / "teacher.json").is_file():
        from emotion.training.teachers.taught import Taught

        return Taught.load(path, hardware)
    if head is None and (name == "shipped" or (path / "bundle.json").is_file()):
        from emotion.training.teachers.bundled import Bundled

        return Bundled.load(name)
    if (path / "config.json").is_file():
        from emotion.training.teachers.classifier import SequenceClassifier

        return SequenceClassifier.load(path, hardware, head or "emotion")
    if head is None and (is_remote(name) or Registry().find(name) is not None):
        from emotion.training.teachers.bundled import Bundled

        return Bundled.load(name)
    raise UsageError(
        f"{name} is no teacher: {path} holds none of teacher.json (made by emotion teach), bundle.json, and "
        "config.json (a Hugging Face sequence classifier), and the registry does not know it."
    )


def _split(name: str) -> tuple[str | None, Path]:
    """Name of the head, if one is given, and the path."""
    head, equals, path = name.partition("=")
    if equals and head.isidentifier() and not Path(name).exists():
        return head, Path(path).expanduser()
    return None, Path(name).expanduser()

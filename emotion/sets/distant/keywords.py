"""Which hashtags and emoji stand for which label: a YAML file, checked as a whole."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emotion.document import parsed
from emotion.errors import ConfigError, UsageError
from emotion.sets.distant.marks import emoji_mark, hashtag_mark
from emotion.wording import in_one_line

SHIPPED = Path(__file__).with_name("keywords.yaml")


class Marks(BaseModel):
    """What stands for one label: hashtags with or without their sign, in any case; emoji of any skin tone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hashtags: tuple[str, ...] = ()
    emoji: tuple[str, ...] = ()


class Keywords(BaseModel):
    """Labels with their marks, and hashtags whose tweets are left out altogether."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: dict[str, Marks] = Field(min_length=1)
    leave_out: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _are_marks(self) -> "Keywords":
        if faults := list(self._faults()):
            raise ValueError("; ".join(faults))
        return self

    @cached_property
    def by_mark(self) -> dict[str, str]:
        """The label of each mark, in its normal form."""
        return {mark: label for label, mark, _ in self._marks() if mark is not None}

    @cached_property
    def left_out(self) -> frozenset[str]:
        """The marks whose tweets are left out."""
        return frozenset(mark for mark in map(hashtag_mark, self.leave_out) if mark is not None)

    def _marks(self) -> Iterator[tuple[str, str | None, str]]:
        """Label, normal form (None: it has none) and what is written."""
        for label, marks in self.labels.items():
            yield from ((label, hashtag_mark(written), written) for written in marks.hashtags)
            yield from ((label, emoji_mark(written), written) for written in marks.emoji)

    def _faults(self) -> Iterator[str]:
        seen: dict[str, str] = {}
        for label, mark, written in self._marks():
            if mark is None:
                yield f"{label}: {written!r} is no hashtag or no single emoji"
            elif seen.setdefault(mark, label) != label:
                yield f"{written!r} stands for {seen[mark]} and for {label}"
            elif mark in self.left_out:
                yield f"{label}: {written!r} is to be left out too"
        yield from (f"leave_out: {written!r} is no hashtag" for written in self.leave_out if not hashtag_mark(written))
        if not seen:
            yield "no label has a hashtag or emoji"


def read_keywords(path: Path = SHIPPED) -> Keywords:
    """The keywords of a file.

    Raises:
        UsageError: it cannot be read.
        ConfigError: it has faults.
    """
    try:
        document: Any = parsed(path.read_text(encoding="utf-8"))
        return Keywords.model_validate(document)
    except OSError as error:
        raise UsageError(f"The keywords {path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise ConfigError(f"{path} holds no keywords as expected: {in_one_line(error, 'the file')}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not YAML: {error}.") from error

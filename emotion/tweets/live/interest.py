"""What a crawler listens for: keywords, hashtags and emoji by emotion, in one YAML file that is checked as a whole."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from emotion.document import parsed
from emotion.errors import ConfigError, UsageError
from emotion.wording import in_one_line


class Terms(BaseModel):
    """What stands for one emotion: words and phrases, hashtags with or without their sign, emoji."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keywords: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    emoji: tuple[str, ...] = ()

    @field_validator("keywords", "emoji")
    @classmethod
    def _plain(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [value for value in values if not value.strip() or '"' in value]:
            raise ValueError(f"{wrong[0]!r} is empty or holds a quotation mark")
        return tuple(value.strip() for value in values)

    @field_validator("hashtags")
    @classmethod
    def _tags(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _hashtags(values)


class Interest(BaseModel):
    """Terms by emotion, and hashtags whose posts are left out. `labels` groups terms; any name will do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: dict[str, Terms] = Field(min_length=1)
    leave_out: tuple[str, ...] = ()

    @field_validator("leave_out")
    @classmethod
    def _tags(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _hashtags(values)

    def matches(self, text: str, hashtags: Iterator[str] | list[str] | tuple[str, ...] = ()) -> bool:
        """Whether a post holds one of the terms, in any case, and no hashtag that is left out."""
        tags = {tag.casefold() for tag in hashtags}
        if not tags.isdisjoint(self._left_out):
            return False
        return not tags.isdisjoint(self._wanted) or self._words.search(text.casefold()) is not None

    @cached_property
    def _wanted(self) -> frozenset[str]:
        return frozenset(tag.casefold() for terms in self.labels.values() for tag in terms.hashtags)

    @cached_property
    def _left_out(self) -> frozenset[str]:
        return frozenset(tag.casefold() for tag in self.leave_out)

    @cached_property
    def _words(self) -> re.Pattern[str]:
        """Keywords stand alone, blanks in them are any blanks; emoji stand anywhere."""
        every = tuple(self.labels.values())
        phrases = (word for terms in every for word in terms.keywords)
        spelled = [r"\s+".join(map(re.escape, phrase.casefold().split())) for phrase in phrases]
        found = [rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)"] if spelled else []
        found += [re.escape(sign) for terms in every for sign in terms.emoji]
        return re.compile("|".join(found) or r"(?!)")


def _hashtags(values: tuple[str, ...]) -> tuple[str, ...]:
    """Without their signs."""
    tags = tuple(value.strip().lstrip("#＃") for value in values)
    if wrong := [tag for tag in tags if not re.fullmatch(r"\w+", tag)]:
        raise ValueError(f"{wrong[0]!r} is no hashtag")
    return tags


def read_interest(path: Path) -> Interest:
    """The interest that a file holds.

    Raises:
        UsageError: it cannot be read.
        ConfigError: it has faults, all of which are named.
    """
    try:
        document: Any = parsed(path.read_text(encoding="utf-8"))
        interest = Interest.model_validate(document)
    except OSError as error:
        raise UsageError(f"The terms {path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise ConfigError(f"{path} holds no terms as expected: {in_one_line(error, 'the file')}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not YAML: {error}.") from error
    if not any(terms.keywords or terms.hashtags or terms.emoji for terms in interest.labels.values()):
        raise ConfigError(f"{path} names no keyword, hashtag or emoji.")
    return interest

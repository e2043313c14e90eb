"""A user's own list of names with their kinds: what is listed is found, and nothing else."""

import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from emotion.errors import UsageError
from emotion.text.entities.entity import ENTITY_KINDS, Entity, Listed, apart
from emotion.text.marks import MARKS

_TOKEN = re.compile(rf"[#@]?[\w{MARKS}]+(?:[’'&.\-][\w{MARKS}]+)*")
_MARK = re.compile(f"[{MARKS}]")
_SHORT = 3  # letters of a name that must be written as it is listed: US is no us


class Gazetteer:
    """Finds listed names, whatever their case; a name of one short word only as it is listed.

    A hashtag or a mention that is a listed name without its spaces counts too. The longest name at a place wins.
    """

    def __init__(self, listed: Sequence[Listed]) -> None:
        self._listed = list(listed)
        self._names: dict[tuple[str, ...], list[Listed]] = {}
        self._joined: dict[str, Listed] = {}
        for name, kind in listed:
            words = tuple(_folded(name))
            self._names.setdefault(words, []).append((name, kind))
            self._joined.setdefault("".join(words), (name, kind))
        self._longest = max(map(len, self._names), default=0)

    @property
    def fingerprint(self) -> str:
        """The same for the same list; another where names hold marks, which an earlier version did not know."""
        known = [self._listed, "marks"] if any(_MARK.search(name) for name, _ in self._listed) else self._listed
        return hashlib.sha256(repr(known).encode()).hexdigest()[:16]

    def __call__(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The listed names of each text."""
        return [apart(self._found(text)) for text in texts]

    def _found(self, text: str) -> Iterator[Entity]:
        matches = list(_TOKEN.finditer(text))
        at = 0
        while at < len(matches):
            entity, used = self._at(text, matches, at)
            if entity is not None:
                yield entity
            at += used

    def _at(self, text: str, matches: Sequence[re.Match[str]], at: int) -> tuple[Entity | None, int]:
        """The longest listed name that begins at a token, and the tokens that it takes."""
        start = matches[at].start()
        if text[start] in "#@":
            listed = self._joined.get(matches[at][0][1:].casefold())
            return (None, 1) if listed is None else (Entity(start, matches[at].end(), listed[1], listed[0]), 1)
        for used in range(min(self._longest, len(matches) - at), 0, -1):
            end = matches[at + used - 1].end()
            words = tuple(match[0].casefold() for match in matches[at : at + used])
            for ending in ("", "'s", "’s"):
                plain = (*words[:-1], words[-1].removesuffix(ending)) if ending else words
                written = text[start : end - (len(words[-1]) - len(plain[-1]))]
                listed = self._listed_as(plain, written)
                if listed is not None:
                    return Entity(start, start + len(written), listed[1], listed[0]), used
        return None, 1

    def _listed_as(self, words: tuple[str, ...], written: str) -> Listed | None:
        for name, kind in self._names.get(words, ()):
            if len(words) > 1 or len(words[0]) > _SHORT or name == written:
                return name, kind
        return None


def read_gazetteer(path: Path) -> list[Listed]:
    """The names of a file: one a line, with its kind behind a tab (or a comma, in a file that ends in .csv).

    Raises:
        UsageError: the file cannot be read, or a line of it holds no name or an unknown kind.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"The list of names {path} cannot be read: {said}.") from None
    listed = [_row(path, number, row) for number, row in _rows(path, lines) if any(map(str.strip, row))]
    if not (listed := [each for each in listed if each != ("name", "kind")]):
        raise UsageError(f"The list of names {path} holds none; write a name a line, and its kind behind a tab.")
    return cast("list[Listed]", listed)


def _rows(path: Path, lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of its line; quotes hold a name together in a .csv, elsewhere they are part of it."""
    plain = path.suffix != ".csv"
    rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if plain else csv.reader(lines, strict=True)
    try:
        yield from ((rows.line_num, row) for row in rows)
    except csv.Error as error:
        raise UsageError(f"{path}:{rows.line_num} is no row of names: {error}.") from None


def _row(path: Path, number: int, row: Sequence[str]) -> tuple[str, str | None]:
    name, kind = row[0].strip(), row[1].strip().lower() if len(row) > 1 else ""
    if (name.lower(), kind) == ("name", "kind"):
        return "name", "kind"
    if not list(_folded(name)):
        raise UsageError(f"{path}:{number} holds no name.")
    if kind and kind not in ENTITY_KINDS:
        raise UsageError(f"{path}:{number}: {kind!r} is no kind of entity; there are {', '.join(ENTITY_KINDS)}.")
    return name, kind or None


def _folded(name: str) -> Iterator[str]:
    return (match[0].lstrip("#@").casefold() for match in _TOKEN.finditer(name))

"""Where models live: what `--model` may name, and the registry of chosen models; finding one needs no torch.

REGISTRY/registry.json   names with the bundle and the origin of each; aliases with their history
REGISTRY/lock            held while it is changed
REGISTRY/bundles/ID/     the bundles, each once; nothing that decides a prediction ever changes

It may lie on a file system that machines share.
"""

import os
import re
import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from filelock import FileLock

from emotion.errors import BundleError, UsageError
from emotion.models.description import mapping, read_description, read_metrics
from emotion.models.fetched import fetched
from emotion.objects.address import is_remote

SHIPPED = Path(__file__).parent.parent / "shipped"
PLACE = "EMOTION_MODELS"  # environment variable: the folder of the registry
DEFAULT = Path("~/.local/share/emotion/models")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

T = TypeVar("T")


class Entry(msgspec.Struct, frozen=True):
    """A name: the id of its bundle, when it was added, and where the bundle came from."""

    name: str
    id: str
    added: str  # ISO 8601, UTC
    lineage: dict[str, Any] = {}


class Alias(msgspec.Struct):
    """Names that an alias has stood for, the latest last."""

    names: list[str]
    since: list[str]  # ISO 8601, UTC

    @property
    def name(self) -> str:
        return self.names[-1]


class Book(msgspec.Struct):
    """The content of `registry.json`."""

    entries: dict[str, Entry] = {}
    aliases: dict[str, Alias] = {}
    version: int = 1


def resolve(model: str | Path | None = None, registry: "Registry | None" = None) -> Path:
    """Directory of the bundle named: an address, a path, a name or alias of the registry, or "shipped", as None says.

    What lies at an address, `s3://bucket/folder`, is fetched to this machine.
    """
    registry = registry or Registry()
    if isinstance(model, str) and is_remote(model):
        return fetched(model)
    path = None if model is None else Path(model).expanduser()
    if path is not None and path.exists():
        return path
    found = None if model is None else registry.find(str(model))
    if found is not None:
        return found
    if model is None or model == "shipped":
        return _existing(SHIPPED, "The shipped bundle")
    book = registry.read()
    known = ", ".join([*book.entries, *book.aliases]) or "nothing yet"
    raise BundleError(
        f"There is no model {str(model)!r}: tried it as a path, in the registry {registry.folder}, which knows "
        f"{known}, and as the name 'shipped'."
    )


def check_name(name: str) -> None:
    """Refuse what cannot be a name or an alias."""
    if not _NAME.fullmatch(name) or name == "shipped":
        raise UsageError(
            f"{name!r} is no name for a model: use letters, digits, dots, hyphens and underscores, and not 'shipped'."
        )


class Registry:
    """The registry in a folder: by default `$EMOTION_MODELS`, else `~/.local/share/emotion/models`."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or Path(os.environ.get(PLACE) or DEFAULT)).expanduser()
        self._file = self.folder / "registry.json"

    def read(self) -> Book:
        """All names and aliases; a BundleError where the file is damaged or newer."""
        try:
            book = msgspec.json.decode(self._file.read_bytes(), type=Book)
        except (FileNotFoundError, NotADirectoryError):
            return Book()
        except (OSError, msgspec.MsgspecError) as error:
            raise BundleError(f"The registry {self._file} cannot be read: {error}.") from None
        if book.version > Book().version:
            raise BundleError(
                f"The registry {self._file} has version {book.version}; this program reads 1. Update emotion."
            )
        return book

    def find(self, name: str) -> Path | None:
        """The bundle of a name or alias; None where it has neither."""
        entry = self.known(name)
        return None if entry is None else _existing(self.bundle(entry), f"The bundle of {name!r}")

    def described(self, model: str) -> tuple[Entry, Path]:
        """What `resolve` finds, and where; without a name here, an entry that was never added."""
        path, entry = resolve(model, self), self.known(model)
        if entry is not None and path == self.bundle(entry):
            return entry, path
        return Entry(model, read_description(path).id, "", _lineage(read_metrics(path), _origin(model, path))), path

    def bundle(self, entry: Entry) -> Path:
        """Where the bundle of an entry lies."""
        return self.folder / "bundles" / entry.id

    def known(self, name: str) -> Entry | None:
        """What a name or alias stands for; None where there is neither."""
        book = self.read()
        return book.entries.get(book.aliases[name].name if name in book.aliases else name)

    def add(self, model: str | Path, name: str) -> Entry:
        """Copy the bundle that `resolve` finds and give it a name; the same under the same name changes nothing.

        Raises:
            UsageError: the name stands for another bundle, or is an alias.
        """
        check_name(name)
        path = resolve(model, self)
        described = read_description(path)
        lineage = _lineage(read_metrics(path), _origin(model, path))

        def change(book: Book) -> Entry:
            _check_free(book, name, described.id)
            entry = book.entries.get(name) or Entry(name, described.id, _now(), lineage)
            _copy(path, self.bundle(entry))
            book.entries[name] = entry
            return entry

        return self._change(change)

    def check_free(self, name: str, bundle: Path) -> None:
        """Refuse what `add` would refuse of the bundle at a place, where there may be none yet."""
        check_name(name)
        _check_free(self.read(), name, read_description(bundle).id if bundle.is_dir() else None)

    def promote(self, name: str, alias: str) -> str | None:
        """Let an alias stand for a name; what it stood for before, if anything."""
        check_name(alias)

        def change(book: Book) -> str | None:
            target = book.aliases[name].name if name in book.aliases else name
            if target not in book.entries:
                raise UsageError(f"There is no model {name!r} to promote; add it first.")
            if alias in book.entries:
                raise UsageError(f"{alias!r} is the name of a model; take another alias.")
            before = book.aliases.get(alias)
            if before is None:
                book.aliases[alias] = Alias([target], [_now()])
            elif before.name != target:
                book.aliases[alias] = Alias([*before.names, target], [*before.since, _now()])
            return None if before is None else before.name

        return self._change(change)

    def undo(self, alias: str) -> str | None:
        """Take the last promotion back: the name that the alias stands for again, or None where it is gone."""

        def change(book: Book) -> str | None:
            if alias not in book.aliases:
                raise UsageError(f"There is no alias {alias!r}; there is {', '.join(book.aliases) or 'none'}.")
            names, since = book.aliases[alias].names[:-1], book.aliases[alias].since[:-1]
            if not names:
                del book.aliases[alias]
                return None
            book.aliases[alias] = Alias(names, since)
            return names[-1]

        return self._change(change)

    def _change(self, change: Callable[[Book], T]) -> T:
        """Read, change and write, alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / "lock"):
            book = self.read()
            outcome = change(book)
            fresh = self._file.with_name(f".{self._file.name}.{secrets.token_hex(8)}.tmp")
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(book), indent=2) + b"\n")
            with fresh.open("rb") as file:
                os.fsync(file.fileno())
            fresh.replace(self._file)
        return outcome


def _origin(model: str | Path, path: Path) -> str:
    """What a bundle was called: its name or address, or of one named by its path the whole path."""
    return str(path.absolute()) if Path(model).expanduser() == path else str(model)


def _lineage(metrics: dict[str, Any], origin: str) -> dict[str, Any]:
    """Where a bundle came from, as far as it says so."""
    recipe = mapping(metrics.get("recipe"))
    found = {"from": origin, "recipe": recipe.get("name"), "seed": recipe.get("seed")}
    found |= {"recalibrated": mapping(metrics.get("recalibrated")).get("from")}
    found |= {"start": metrics.get("start"), "search": metrics.get("search"), "made": metrics.get("made")}
    return {name: value for name, value in found.items() if value is not None}


def _check_free(book: Book, name: str, id: str | None) -> None:
    known = book.entries.get(name)
    if (known is not None and known.id != id) or name in book.aliases:
        what = f"model {known.id}" if known is not None else f"an alias of {book.aliases[name].name}"
        raise UsageError(f"{name!r} is {what} already; take another name.")


def _copy(path: Path, to: Path) -> None:
    """The bundle at its place, whole or not at all; one that is there stays, unless it is damaged."""
    if to.is_dir() and _sound(to):
        return
    token = secrets.token_hex(8)
    fresh, old = (to.with_name(f".{to.name}.{token}.{kind}") for kind in ("new", "old"))
    shutil.copytree(path, fresh, ignore=shutil.ignore_patterns(".*", "__*"))
    if to.is_dir():
        to.rename(old)
    fresh.rename(to)
    shutil.rmtree(old, ignore_errors=True)


def _sound(path: Path) -> bool:
    from emotion.models.bundle import Bundle  # and with it torch, as only a whole check reads weights

    try:
        return Bundle.load(path).id == path.name
    except BundleError:
        return False


def _existing(path: Path, what: str) -> Path:
    if not path.is_dir():
        raise BundleError(f"{what} is missing: tried {path}; install emotion again, or name a model by its path.")
    return path


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""What a job labels and how, kept with the store, so that the same command goes on where it was."""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import msgspec

from emotion.errors import ArchiveError, JobError
from emotion.objects.address import is_remote
from emotion.objects.bucket import find, in_order
from emotion.stores.elasticsearch.address import is_address
from emotion.stores.ledger import Done
from emotion.stores.protocol import Store
from emotion.tweets.archive import ArchiveFile
from emotion.tweets.formats.documents import NOTICES
from emotion.tweets.splits import Split, plan_splits

FORGET = "forget-"  # begins the name of a stream that `emotion forget` made of ids
VERSION = 1
_PINNED = (
    " To go on, name the model {} with --model. Where an older emotion shipped it, let that one say "
    "`emotion models add shipped --name shipped-1`, and name it here with --model shipped-1."
)
_LATEST = 253_402_300_799_999_999  # the year 9999


class Start(msgspec.Struct, frozen=True):
    """Files that were added together. `started`, in microseconds since 1970 UTC, is the first start of their job."""

    job: str
    started: Annotated[int, msgspec.Meta(ge=0, le=_LATEST)]


def new_start() -> Start:
    """The start of a job that begins now."""
    now = datetime.now(UTC)
    return Start(f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}", round(now.timestamp() * 1_000_000))


class Listed(msgspec.Struct):
    """A file, its splits as they were planned, and the start that added it."""

    file: ArchiveFile
    start: int
    splits: list[Split] = []


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """Everything that decides what the documents hold; files keep their place, new ones come last."""

    model: str
    content: dict[str, Any]
    split_bytes: Annotated[int, msgspec.Meta(ge=1)]
    part_bytes: Annotated[int, msgspec.Meta(ge=1)]
    cuts: list[int]
    version: int = VERSION
    starts: list[Start] = []
    files: list[Listed] = []

    def encode(self) -> bytes:
        """As it is kept."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)


def decode(data: bytes) -> Manifest:
    """The manifest as it was kept.

    Raises:
        JobError: it is damaged, or newer than this program.
    """
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (ValueError, RecursionError) as error:
        raise JobError(f"The store's manifest is damaged or from a newer version ({error}).") from None
    if not _is_whole(manifest):
        raise JobError("The store's manifest is damaged: its files, splits and starts do not belong together.")
    if manifest.version != VERSION:
        raise JobError(f"The store's manifest has version {manifest.version}; this program reads version {VERSION}.")
    return manifest


def _is_whole(manifest: Manifest) -> bool:
    """Whether each file has its splits, numbered by its place, and a start."""
    return all(
        0 <= entry.start < len(manifest.starts)
        and (entry.splits or entry.file.stream)
        and [(split.file, split.index) for split in entry.splits] == [(place, k) for k in range(len(entry.splits))]
        for place, entry in enumerate(manifest.files)
    )


def is_forget(file: ArchiveFile) -> bool:
    """Whether it is ids that `emotion forget` brought; standard input is called otherwise."""
    return file.path == "-" and file.stream and file.name.startswith(FORGET)


def check_restart(store: Store, given: Sequence[ArchiveFile]) -> None:
    """The files given are read again by --restart, and nothing else of what the store was told to keep away.

    Raises:
        JobError: it was told to, or by a store that it was made of and that is not given; what to do is named.
    """
    kept = _undamaged(store.manifest())
    if kept is None:
        return
    here = {PurePosixPath(file.path).parent for file in given if file.format == NOTICES}
    for file in (entry.file for entry in kept.files if entry.file.format == NOTICES):
        if PurePosixPath(file.path).parent not in here:
            raise JobError(
                f"{store.name} keeps away what {file.name} names, which --restart would bring back from the archives. "
                f"Label the store that holds that file again, too, or: {_instead(store.name, kept.content)}"
            )
    if any(is_forget(entry.file) for entry in kept.files):
        raise JobError(
            f"{store.name} was told to forget tweets, which --restart would bring back from the archives. "
            f"{_instead(store.name, kept.content)}"
        )


def _undamaged(kept: bytes | None) -> Manifest | None:
    """A damaged manifest says nothing."""
    with suppress(JobError):
        return None if kept is None else decode(kept)
    return None


def _instead(store: str, content: dict[str, Any]) -> str:
    """How another store comes to hold the same, and keeps the same away."""
    if is_address(store) or content.get("hash_ids"):
        return "Label the archives into another store, and forget the same ids there."
    private = " --drop-user" if content.get("drop_user") else ""
    return f"Label it anew into another store, which keeps them away: `emotion label {store} --to NEW{private}`."


def not_ended(manifest: Manifest, done: Done) -> list[Split]:
    """The splits that are not labelled to their end."""
    splits = (split for entry in manifest.files for split in entry.splits)
    return [split for split in splits if not done[split.file, split.index].complete]


def check_ended(store: Store) -> None:
    """What else writes to a store must not finish it while a job has not read all that it listed.

    Raises:
        JobError: a job was cut short.
    """
    kept = store.manifest()
    if kept is not None and not_ended(decode(kept), store.ledger.progress()):
        raise JobError(f"The job on {store.name} was cut short: say the same `emotion label` again first.")


def check_same(kept: Manifest, wanted: Manifest) -> None:
    """A store goes on with the model and options it was begun with.

    Raises:
        JobError: they differ; the differences are named.
    """
    differences = [] if kept.model == wanted.model else [f"model {kept.model} -> {wanted.model}"]
    differences += [
        f"{name} {_shown(kept.content.get(name))} -> {_shown(wanted.content.get(name))}"
        for name in sorted(kept.content.keys() | wanted.content.keys())
        if kept.content.get(name) != wanted.content.get(name)
    ]
    if differences:
        pinned = "" if kept.model == wanted.model else _PINNED.format(kept.model)
        raise JobError(
            f"This store was begun otherwise ({'; '.join(differences)}). Say the same again, choose another --to, "
            f"or label everything anew with --restart.{pinned}"
        )


def add_files(manifest: Manifest, found: Sequence[ArchiveFile], start: Start, least: int = 0) -> None:
    """List the files that are not listed yet, under `start`, after those that are; a stream is always new.

    The start gets the next number, or `least` where others took numbers meanwhile.

    Raises:
        ArchiveError: a listed file has changed since.
    """
    listed = {entry.file.name: entry for entry in manifest.files if not entry.file.stream}
    places = {_place(entry.file): entry.file.name for entry in listed.values()}
    number = max(len(manifest.starts), least)
    streams = [Listed(file, number) for file in found if file.stream]
    for file in (file for file in found if not file.stream):
        name = places.get(_place(file), file.name)
        file = _told_apart(msgspec.structs.replace(file, name=name), listed)
        known = listed.setdefault(file.name, Listed(file, number))
        if changes := _changes(known.file, file):
            raise ArchiveError(
                f"{file.name} has changed since this store was begun ({'; '.join(changes)}). Put the old file back, "
                "give the new one another name, or label everything anew with --restart."
            )
        known.file = file
    added = [*(entry for entry in listed.values() if entry.start == number), *streams]
    if added:
        manifest.starts += [start] * (number + 1 - len(manifest.starts))
        for place, entry in enumerate(added, len(manifest.files)):
            entry.splits = plan_splits(entry.file, place, manifest.split_bytes, manifest.content["read"]["format"])
        manifest.files += added


def _place(file: ArchiveFile) -> tuple[str, str, int]:
    """Where a file lies: a member of a zip by its name, one of a tar by its offset, as names may come twice there."""
    member = file.member
    if member is None:
        return file.path, "", 0
    return file.path, member.name if member.zipped else "", member.offset


def check_present(files: Sequence[ArchiveFile], found: Sequence[ArchiveFile] = ()) -> None:
    """Files that are not done must still be there; `found` were seen just now.

    Raises:
        ArchiveError: some have vanished.
    """
    seen = {file.path for file in found}
    asked = {file.path for file in files if not file.stream} - seen
    here = [path for path in asked if not is_remote(path) and not Path(path).exists()]
    gone = sorted([*here, *(path for path, entry in in_order(find, filter(is_remote, asked)) if entry is None)])
    if gone:
        more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
        raise ArchiveError(
            f"{gone[0]}{more} has vanished before it was labelled. Put it back and say the same again, or label what "
            "there is with --restart."
        )


def _told_apart(file: ArchiveFile, listed: dict[str, Listed]) -> ArchiveFile:
    """The file under a longer name where another file, elsewhere, has its name already."""
    parents = list(PurePosixPath(file.path).parts[:-1])
    while (
        (other := listed.get(file.name)) and other.file.path != file.path and other.file.head != file.head and parents
    ):
        parent = parents.pop()
        if parent not in PurePosixPath(file.name).parts:
            file = msgspec.structs.replace(file, name=f"{parent}/{file.name}")
    return file


def _changes(known: ArchiveFile, found: ArchiveFile) -> list[str]:
    same_place = known.path == found.path
    changes = [] if known.size == found.size else [f"size {known.size} -> {found.size}"]
    if known.head != found.head:
        changes.append("its first 64 KiB differ")
    if same_place and not changes and known.mtime_ns != found.mtime_ns:
        changes.append("it was written to again")
    return changes


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)

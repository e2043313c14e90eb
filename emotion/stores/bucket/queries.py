"""The queries of a store on object storage: those of a directory, over copies of its files on this machine's disk."""

from contextlib import ExitStack
from datetime import UTC, tzinfo
from pathlib import Path

from emotion.objects.bucket import Entry, Vanished, listed
from emotion.stores.bucket.layout import Layout
from emotion.stores.bucket.ledger import BucketLedger
from emotion.stores.bucket.mirror import Mirror
from emotion.stores.bucket.restart import current
from emotion.stores.described import required
from emotion.stores.directory.queries import DirectoryQueries
from emotion.stores.protocol import Check, Haste, unchecked

_TIMES = 5  # that a store may change while it is looked at
_SAID = ("store.json", "run.json", "_job/manifest.json")


class BucketQueries(DirectoryQueries):
    """Answers about the tweets of a store as it was when this was made; each file is fetched once."""

    def __init__(self, address: str, everything: bool = False, zone: tzinfo = UTC, haste: Haste | None = None) -> None:
        check = unchecked if haste is None else haste.check
        with ExitStack() as opened:
            super().__init__(_folder(address, opened, check), everything, zone, address)
            self._opened = opened.pop_all()

    def __exit__(self, *failure: object) -> None:
        with self._opened:
            super().__exit__(*failure)


def _folder(address: str, opened: ExitStack, check: Check) -> Path:
    """A directory store of what the store holds now."""
    for times in range(_TIMES):
        check()
        layout = Layout(address, current(address))
        required(layout.describe(), address)
        try:
            wanted, pending = _wanted(layout)
            root = opened.enter_context(Mirror(address).folder(wanted, check))
        except Vanished:
            if times + 1 == _TIMES:
                raise
            continue
        commits = root / "_job" / "commits"
        commits.mkdir(parents=True)
        for key in pending:
            (commits / f"{key}.json").touch()  # what it holds is asked by nobody
        return root
    raise AssertionError


def _wanted(layout: Layout) -> tuple[dict[str, Entry], list[str]]:
    """The objects of a store by their names in a directory, and the keys of the parts that are not finished.

    Raises:
        Vanished: the store changed meanwhile.
    """
    snapshot, seen = layout.snapshot()
    start = len(layout.root) + 1
    there = {entry.address[start:]: entry for entry in listed(layout.root)}
    if layout.snapshot()[1] != seen:  # what is listed may belong to neither
        raise Vanished(f"{layout.address} changed again and again while it was looked at; ask again.")
    wanted = {name: there[name] for name in _SAID if name in there}
    for name, kept in snapshot.files.items():
        if kept.key not in there:
            raise Vanished(f"{layout.root}/{kept.key} has vanished: put it back, or label anew with --restart.")
        wanted[name] = layout.entry(kept)
    pending = BucketLedger(layout).open_keys(there, snapshot)
    parts = {name: there[name] for key in pending if (name := f"_job/parts/{key}.parquet") in there}
    return wanted | parts, pending

"""The labelling job: list, plan, label in whatever layout fits, finish, and balance the accounts."""

import os
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from emotion.errors import JobError
from emotion.labelling import local, restart
from emotion.labelling.accounts import Accounts, check_total, total
from emotion.labelling.manifest import Manifest, Start, add_files, check_present, check_same, decode
from emotion.labelling.options import LabelOptions
from emotion.labelling.progress import Watch, shown
from emotion.labelling.ray_settings import prepare_local
from emotion.labelling.work import Plan, Task
from emotion.models.description import Description, read_description
from emotion.models.registry import resolve
from emotion.stores.directory import DirectoryStore
from emotion.stores.finish import finish
from emotion.tweets.archive import ArchiveFile, find_files
from emotion.tweets.reader import PART_BYTES
from emotion.tweets.selection import Selection
from emotion.tweets.splits import SPLIT_BYTES

SMALL_BYTES = 32 << 20  # below this, a cluster takes longer to start than the work does


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to: the store's accounts after it, and what this run did."""

    store: Path
    accounts: Accounts
    seconds: float
    model: str
    engine: str
    read_now: int
    left_aside: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As `run.json` holds it; `seconds` are this run's wall time."""
        return self.accounts.to_dict() | {
            "seconds": round(self.seconds, 3),
            "model": self.model,
            "engine": self.engine,
            "left_aside": list(self.left_aside),
        }


def label(options: LabelOptions) -> Run:
    """Label the archives into the store, going on where an earlier run was cut short.

    Raises:
        EmotionError: the sentence says what stands in the way and what to do.
    """
    began = time.perf_counter()
    listing = find_files(options.archives)
    bundle = resolve(options.model)
    description = read_description(bundle)
    root = Path(options.to).absolute()
    restart.recover(root)
    with ExitStack() as leases:
        store, attempt = _open(root, description, options, leases)
        manifest = _manifest(store, listing.files, description, options)
        tasks = _tasks(store, manifest)
        before = _read(store)
        plan = _plan(store, bundle, description, options, attempt, manifest.part_bytes)
        with shown(Watch(store.ledger, tasks)):
            _run(plan, tasks, options)
        accounts = _finish(store, manifest)
        seconds = time.perf_counter() - began
        run = Run(
            root, accounts, seconds, description.id, options.engine, accounts.read - before, tuple(listing.left_aside)
        )
        store.keep_run(run.to_dict())
        if store.root != root:
            restart.exchange(root)
    return run


def _open(root: Path, description: Description, options: LabelOptions, leases: ExitStack) -> tuple[DirectoryStore, int]:
    """The store to write to, its lease held, and the attempt's number."""
    target = root
    if options.restart and root.exists():
        target = restart.beside(root)
        leases.enter_context(DirectoryStore(root).hold())
        _drop_if_other(target, description, options)
    store = DirectoryStore(target, keep_raw=not options.private)
    store.open(*description.settings.label_sets)
    return store, leases.enter_context(store.hold())


def _drop_if_other(target: Path, description: Description, options: LabelOptions) -> None:
    """Remove what an earlier --restart with another model or other options left unfinished."""
    kept = DirectoryStore(target).manifest()
    try:
        if kept is not None:
            check_same(decode(kept), _wanted(description, options))
            return
    except JobError:
        pass
    shutil.rmtree(target, ignore_errors=True)


def _wanted(description: Description, options: LabelOptions) -> Manifest:
    return Manifest(description.id, options.content(), SPLIT_BYTES, PART_BYTES)


def _manifest(
    store: DirectoryStore, files: Sequence[ArchiveFile], description: Description, options: LabelOptions
) -> Manifest:
    """The manifest to go on with: the one kept, if any, and the files that are new."""
    kept, manifest = store.manifest(), _wanted(description, options)
    if kept is not None:
        check_same(decode(kept), manifest)
        manifest = decode(kept)
    now = datetime.now(UTC)
    start = Start(f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}", round(now.timestamp() * 1_000_000))
    add_files(manifest, files, start)
    store.keep_manifest(manifest.encode())
    return manifest


def _tasks(store: DirectoryStore, manifest: Manifest) -> list[Task]:
    """The splits that are not done, and which of their parts are."""
    done = store.ledger.progress()
    tasks = [
        Task(entry.file, split, manifest.starts[entry.start], frozenset(state.parts))
        for entry in manifest.files
        for split in entry.splits
        if not (state := done[split.file, split.index]).complete
    ]
    check_present([task.file for task in tasks])
    return tasks


def _plan(
    store: DirectoryStore,
    bundle: Path,
    description: Description,
    options: LabelOptions,
    attempt: int,
    part_bytes: int,
) -> Plan:
    languages = options.languages or frozenset(description.settings.languages)
    return Plan(
        store=store,
        bundle=bundle.absolute(),
        model=description.id,
        engine=options.engine,
        selection=Selection(
            None if options.all_languages else languages, options.since, options.until, options.retweets
        ),
        read=msgspec.structs.replace(options.read, retweets=options.retweets, part_bytes=part_bytes),
        attempt=attempt,
        drop_user=options.drop_user,
        hash_key=_hash_key(Path(options.to).absolute()) if options.hash_ids else None,
    )


def _hash_key(root: Path) -> bytes:
    """The secret kept beside the store, not in it, so that who is given the store cannot undo the hash."""
    path = root.with_name(f"{root.name}.key")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    return bytes.fromhex(path.read_text())


def _run(plan: Plan, tasks: Sequence[Task], options: LabelOptions) -> None:
    """Label the splits, without a cluster where that is asked for or enough."""
    if not tasks:
        return
    if _without_cluster(tasks, options):
        stdin = any(task.file.path == "-" for task in tasks)
        local.run(plan, tasks, 1 if stdin else min(options.workers or 1, len(tasks)))
        return
    address = "local" if options.ray == "auto" and "RAY_ADDRESS" not in os.environ else options.ray
    if address == "local":
        prepare_local()
    from emotion.labelling import cluster, connect

    with connect.connected(address, options.workers, options.gpus) as workers:
        cluster.run(plan, tasks, min(workers, len(tasks)), options.gpus)


def _without_cluster(tasks: Sequence[Task], options: LabelOptions) -> bool:
    if options.ray == "off" or any(task.file.path == "-" for task in tasks):
        return True
    small = sum(task.size for task in tasks) < SMALL_BYTES
    asked = "RAY_ADDRESS" in os.environ or options.gpus or options.workers
    return options.ray == "auto" and small and not asked


def _finish(store: DirectoryStore, manifest: Manifest) -> Accounts:
    """Put the store in order and balance its accounts."""
    done = store.ledger.progress()
    lost = [s for entry in manifest.files for s in entry.splits if not done[s.file, s.index].complete]
    if lost:
        name = manifest.files[lost[0].file].file.name
        raise JobError(f"{len(lost)} split(s) were not labelled, the first of {name}; say the same again to go on.")
    totals = finish(store.root, workers=os.cpu_count() or 1)
    accounts = total(store.ledger.finished())
    accounts.duplicates, accounts.removed, accounts.documents = totals.duplicates, totals.removed, totals.documents
    check_total(accounts)
    return accounts


def _read(store: DirectoryStore) -> int:
    """Records that earlier runs have read."""
    return total([*store.ledger.finished(), *store.ledger.pending().values()]).read

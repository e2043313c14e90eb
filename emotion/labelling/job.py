"""The labelling job: list, plan, label in whatever layout fits, finish, and balance the accounts."""

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress

import msgspec

from emotion.cluster.join import address_of, cluster_at
from emotion.errors import JobError
from emotion.labelling import local, progress
from emotion.labelling.accounts import Accounts, finished
from emotion.labelling.key import fingerprint, hash_key
from emotion.labelling.manifest import (
    Manifest,
    add_files,
    check_present,
    check_restart,
    check_same,
    decode,
    is_forget,
    new_start,
    not_ended,
)
from emotion.labelling.options import LabelOptions
from emotion.labelling.process import ask_for_huge_pages
from emotion.labelling.progress import Watch, finishing, shown
from emotion.labelling.run import Run
from emotion.labelling.sources import find_sources
from emotion.labelling.work import Plan, Task
from emotion.models.context.config import looked_in
from emotion.models.description import read_description
from emotion.models.registry import resolve
from emotion.objects.address import is_remote
from emotion.stores.ledger import Done
from emotion.stores.opening import open_store
from emotion.stores.protocol import Held, Store
from emotion.text.entities.finders import entity_plan
from emotion.threads import cpus
from emotion.tweets.archive import ArchiveFile
from emotion.tweets.formats.parquet import ROW_BYTES
from emotion.tweets.reader import PART_BYTES
from emotion.tweets.selection import Selection
from emotion.tweets.splits import SPLIT_BYTES
from emotion.tweets.stretches import BLOCK, LONGEST, MOST_RECORDS

HASHED = "ids and names"  # by --hash-ids; an earlier version left names as they came, and the two do not mix
_MEMBERS = 2  # the rules by which tar and zip are taken apart
CUTS = [BLOCK, MOST_RECORDS, LONGEST, ROW_BYTES, _MEMBERS]
SMALL_BYTES = 32 << 20  # below this, a cluster takes longer to start than the work does


def label(options: LabelOptions) -> Run:
    """Label the archives into the store, going on where an earlier run was cut short.

    Raises:
        EmotionError: the sentence says what stands in the way and what to do.
    """
    began = time.perf_counter()
    with progress.listing() as seen:
        listing = find_sources(options, seen)
    job = _Job(options)
    with job.old.explained(), ExitStack() as leases:
        job.open(leases, listing.files)
        manifest, done = job.manifest(listing.files)
        tasks = _tasks(manifest, done, listing.files)
        before = sum(state.read for state in done.values())
        with shown(Watch(job.store.ledger, tasks)):
            _run(job.plan(manifest), tasks, options)
        accounts = _finish(job.store, manifest, job.check_lease)
        job.check_lease()
        job.store.tries.forget()
        run = Run(
            store=job.old.name,
            accounts=accounts,
            seconds=time.perf_counter() - began,
            model=manifest.model,
            engine=options.engine,
            read_now=accounts.read - before,
            left_aside=tuple(listing.left_aside),
            languages=job.languages,
            no_language=sum(commit.no_language for commit in job.store.ledger.finished()),
        )
        job.store.keep_run(run.to_dict())
        if job.anew:
            job.check_lease()
            job.old.exchange()
    return run


class _Job:
    """What is asked for, and the store that it goes to: `old`, or the one that grows `anew` beside it."""

    def __init__(self, options: LabelOptions) -> None:
        self.options = options
        self.old = open_store(options.to, keep_raw=not options.private)
        bundle = resolve(options.model).absolute()
        self.bundle = options.model if options.model and is_remote(options.model) else str(bundle)
        self.description = read_description(bundle)
        self.entities = entity_plan(options.entities) if options.entities else None
        self.old.recover()
        self.anew = options.restart and self.old.exists()
        self.store = self.old.beside() if self.anew else self.old
        self._held: list[Held] = []
        self._key: bytes | None = None

    def open(self, leases: ExitStack, files: Sequence[ArchiveFile]) -> None:
        """Hold the lease, then make or check the store; nothing of a live job is touched before that."""
        self._held.append(leases.enter_context(self.old.hold()))
        if self.options.private and self.old.holds_live():
            raise JobError(
                f"{self.old.name} holds tweets of live sources, with users and ids as they came: --drop-user and "
                "--hash-ids would not hold for them. Name another store."
            )
        if self.anew:
            check_restart(self.old, files)
        if self.options.hash_ids:
            kept = None if self.anew else self.old.manifest()
            if kept is not None and not decode(kept).content.get("hash_ids"):
                wanted = self._wanted()
                wanted.content["hash_ids"] = True
                check_same(decode(kept), wanted)  # it differs: no key is made for a store that is refused
            self._key = hash_key(self.old.key_path, begun=kept is not None)
        if self.anew:
            self._drop_another_restart(files)
            # A worker of any store that lay, or lies, in one of the two places is told by its attempt.
            self._held.append(leases.enter_context(self.store.hold(self._held[0].attempt)))
        settings = self.description.settings
        self.store.open(*settings.label_sets, rules=settings.rules.model_dump(mode="json"))
        self.store.sweep()
        self.store.tries.forget()

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the model, unless others were asked for."""
        asked = self.options.all_languages or self.options.languages
        return () if asked else tuple(sorted(self.description.settings.languages))

    def check_lease(self) -> None:
        """Only who holds the store may finish it."""
        for lease in self._held:
            lease.check()

    def manifest(self, files: Sequence[ArchiveFile]) -> tuple[Manifest, Done]:
        """The manifest to go on with, which is the one kept, if any, and the files that are new; and what is done."""
        kept, manifest, done = self.store.manifest(), self._wanted(), self.store.ledger.progress()
        if kept is not None:
            check_same(decode(kept), manifest)
            manifest = _with_our_cuts(decode(kept), done)
        self._give_up_streams(manifest, done, files)
        add_files(manifest, files, new_start(), self.store.starts())
        self.store.keep_manifest(manifest.encode())
        return manifest, done

    def plan(self, manifest: Manifest) -> Plan:
        """What the workers must know."""
        options = self.options
        languages = options.languages or frozenset(self.description.settings.languages)
        chosen = None if options.all_languages else languages
        return Plan(
            store=self.store,
            bundle=self.bundle,
            model=manifest.model,
            engine=options.engine,
            selection=Selection(chosen, options.since, options.until, options.retweets),
            read=msgspec.structs.replace(options.read, retweets=options.retweets, part_bytes=manifest.part_bytes),
            attempt=self._held[-1].attempt,
            drop_user=options.drop_user,
            hash_key=self._key,
            entities=self.entities,
            places=looked_in(),
        )

    def _wanted(self) -> Manifest:
        lang = self.options.content()["lang"]
        languages = sorted(self.description.settings.languages) if lang == "model" else lang
        content = self.options.content() | {
            "lang": languages,
            "hash_ids": fingerprint(self._key) if self._key else False,
            "entities": self.entities.finder().fingerprint if self.entities else None,
        }
        if self._key:
            content["hashed"] = HASHED
        return Manifest(self.description.id, content, SPLIT_BYTES, PART_BYTES, CUTS)

    def _drop_another_restart(self, files: Sequence[ArchiveFile]) -> None:
        """Remove what an earlier --restart left unfinished with another model, options, cuts or files."""
        data = self.store.manifest()
        with suppress(JobError):
            if data is not None:
                kept = decode(data)
                check_same(kept, self._wanted())
                listed = {_identity(entry.file) for entry in kept.files}
                if kept.cuts == CUTS and listed <= set(map(_identity, files)):
                    return
        self.store.discard()

    def _give_up_streams(self, manifest: Manifest, done: Done, files: Sequence[ArchiveFile]) -> None:
        """A stream that was cut short cannot be gone on with: its parts are taken back when it is sent again.

        Raises:
            JobError: it is not among the files; another stream is not it, as its beginning tells.
        """
        sent = {(file.name, file.head) for file in files if file.stream}
        for entry in manifest.files:
            for split in entry.splits if entry.file.stream else ():
                if not done[split.file, split.index].complete:
                    if (entry.file.name, entry.file.head) not in sent:
                        raise _not_sent(entry.file)
                    self.store.ledger.forget(split.file)
                    done.pop((split.file, split.index), None)
                    entry.splits = []


def _not_sent(stream: ArchiveFile) -> JobError:
    if is_forget(stream):
        return JobError("The `emotion forget` on this store was cut short: say the same again first.")
    return JobError(f"{stream.name} was cut short: send it again first, or label with --restart.")


def _with_our_cuts(kept: Manifest, done: Done) -> Manifest:
    """Parts that are half done must be cut as they were begun."""
    begun = any(state.parts and not state.complete for state in done.values())
    if kept.cuts != CUTS and begun:
        raise JobError(
            "This store was begun by a version that cuts files in other places: end the job with that version, or "
            "label everything anew with --restart."
        )
    kept.cuts = CUTS
    return kept


def _tasks(manifest: Manifest, done: Done, found: Sequence[ArchiveFile]) -> list[Task]:
    """The splits that are not done, and which of their parts are."""
    turns = Counter[int]()
    tasks = []
    for entry in manifest.files:
        for split in entry.splits:
            state, turn = done[split.file, split.index], (entry.start, turns[entry.start])
            turns[entry.start] += 1
            if not state.complete:
                tasks.append(Task(entry.file, split, manifest.starts[entry.start], frozenset(state.parts), turn))
    check_present([task.file for task in tasks], found)
    return tasks


def _run(plan: Plan, tasks: Sequence[Task], options: LabelOptions) -> None:
    """Label the splits: streams here, as no other process has them; files where that is asked for, or enough."""
    streams = [task for task in tasks if task.file.stream]
    files = [task for task in tasks if not task.file.stream]
    if tasks:
        ask_for_huge_pages()
    if files and not _without_cluster(files, options):
        with cluster_at(address_of(options.ray), options.workers, options.gpus) as workers:
            from emotion.labelling import cluster

            local.run(plan, streams)
            cluster.run(plan, files, min(workers, len(files)), options.gpus)
        return
    local.run(plan, streams)
    local.run(plan, files, min(options.workers or 1, len(files)))


def _without_cluster(tasks: Sequence[Task], options: LabelOptions) -> bool:
    if options.ray == "off":
        return True
    small = sum(task.size for task in tasks) < SMALL_BYTES
    asked = "RAY_ADDRESS" in os.environ or options.gpus or options.workers
    return options.ray == "auto" and small and not asked


def _finish(store: Store, manifest: Manifest, check: Callable[[], None]) -> Accounts:
    """Put the store in order and balance its accounts."""
    if lost := not_ended(manifest, store.ledger.progress()):
        name = manifest.files[lost[0].file].file.name
        raise JobError(f"{len(lost)} split(s) were not labelled, the first of {name}; say the same again to go on.")
    with finishing() as tell:
        return finished(store, check, cpus(), tell)


def _identity(file: ArchiveFile) -> tuple[str, int, int, str]:
    return file.name, file.size, file.mtime_ns, file.head

"""The finish of an index: tombstones, lines of long files, and accounts that are checked against what it holds.

What the index must hold is known from the ids that each part kept, compared in buckets on disk as the finish of a
directory does. Everything here is computed anew each time, so a kill at any place is a kill like any other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, groupby
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from emotion.errors import JobError
from emotion.faults import crash_point
from emotion.folders import own_folder
from emotion.stores.elasticsearch.bulk import put, remove, send
from emotion.stores.elasticsearch.companion import Companion
from emotion.stores.elasticsearch.graves import Graves
from emotion.stores.elasticsearch.ledger import LETTER, LedgerDocuments, Totalled, key_of, letter_id, taken
from emotion.stores.elasticsearch.paging import Json, batches, count, get_many, refresh, scan
from emotion.stores.elasticsearch.rows import FIRST_VERSION
from emotion.stores.elasticsearch.session import Session
from emotion.stores.finish.accounts import Totals, check_commits, line_bases
from emotion.stores.finish.fates import DUPLICATE, FOLDED, REMOVED, Fates, judge, unknown
from emotion.stores.finish.ids import GONE, TOMBSTONE, Buckets
from emotion.stores.ledger import Counts

_REMOVED = "removed"  # kind of the ids that went with their authors
_USERS, _DOCUMENTS = 512, 500  # asked for at once
_ROUNDS = 10  # beside live writers that delete all the time


def finish(
    session: Session, companion: Companion, index: str, progress: Callable[[float], None], check: Callable[[], None]
) -> Totals:
    """Bring the index in order; every part of the manifest must be committed.

    Raises:
        JobError: a part, a document or a dead letter is missing or too many; nothing more is changed.
    """
    check()
    ledger, graves = LedgerDocuments(companion), Graves(session)
    commits = ledger.committed()
    check_commits(commits)
    for _ in range(_ROUNDS):
        buried = graves.count()
        totals, folded = _bring_in_order(session, companion, index, commits, progress, check)
        found = count(session, index)
        if found == totals.documents or graves.count() == buried:
            break  # else live writers may have deleted some of them meanwhile, and all is counted again
    _check_documents(index, found, totals)
    totals.check()
    ledger.keep_totals(Totalled(totals.documents, totals.duplicates, totals.removed, folded, len(commits)))
    progress(1.0)
    return totals


def _bring_in_order(
    session: Session,
    companion: Companion,
    index: str,
    commits: Sequence[Counts],
    progress: Callable[[float], None],
    check: Callable[[], None],
) -> tuple[Totals, dict[str, int]]:
    ledger = LedgerDocuments(companion)
    refresh(session, index)
    with own_folder() as folder:
        totals, folded = _settle(session, companion, index, commits, folder, check)
    progress(0.7)
    bases = line_bases((), commits)
    check()
    _check_letters(companion, commits, bases)
    for commit in commits:
        if base := bases[commit.file, commit.split]:
            check()
            _correct_lines(session, ledger, index, commit.key, base)
    progress(0.9)
    refresh(session, index)
    if count(session, index) > totals.documents:
        _sweep(session, ledger, index, commits, check)
    return totals, folded


def _settle(
    session: Session,
    companion: Companion,
    index: str,
    commits: Sequence[Counts],
    folder: Path,
    check: Callable[[], None],
) -> tuple[Totals, dict[str, int]]:
    """Take out what notices name, and count what must be there; folded retweets that met their originals, by part."""
    ledger = LedgerDocuments(companion)
    rows = sum(commit.labelled for commit in commits)
    fates = unknown(folder / "fates", rows)
    named, graves = _named(session, companion, index), Graves(session).count()
    with Buckets(folder / "ids", rows + sum(commit.deleted for commit in commits) + graves) as buckets:
        for ids in named:
            buckets.add(pa.chunked_array([ids], pa.string()), np.full(len(ids), TOMBSTONE))
        spans = _scan(ledger, commits, buckets, fates)
        for bucket in buckets.tables():
            check()
            _, gone = judge(bucket.sort_by("row"), fates)
            send(session, index, (remove(row, id) for row, id in enumerate(gone.to_pylist())))
            crash_point("finish-bucket")
    folded = {key: _count(fates[span], DUPLICATE | FOLDED) for key, span in spans.items()}
    met = sum(folded.values())
    duplicates, removed = _count(fates, DUPLICATE) - met, _count(fates, REMOVED)
    kept = rows - duplicates - met - removed
    return Totals(kept, duplicates, removed, met, rows - met), {key: many for key, many in folded.items() if many}


def _scan(ledger: LedgerDocuments, commits: Sequence[Counts], buckets: Buckets, fates: Fates) -> dict[str, slice]:
    """Hand on the ids of all committed parts; where the rows of each lie, in manifest order."""
    wanted = {commit.key: commit for commit in commits}
    starts = dict(zip(wanted, accumulate((commit.labelled for commit in commits), initial=0), strict=False))
    spans: dict[str, slice] = {}
    for key, _, table in ledger.ids():
        if key not in wanted:
            continue  # written, and never committed
        if len(table) != wanted[key].labelled:
            raise JobError(
                f"The part {key} ({wanted[key].source}) was committed with {wanted[key].labelled} documents, but its "
                f"list of ids holds {len(table)}. Label everything anew with --restart."
            )
        spans[key] = slice(starts[key], starts[key] + len(table))
        fates[spans[key]] = np.where(table["folded"].to_numpy(), FOLDED, 0)
        buckets.add(table["tweet_id"], np.arange(spans[key].start, spans[key].stop, dtype=np.int64))
    if missing := wanted.keys() - spans.keys():
        raise JobError(f"The ids of {len(missing)} part(s) have vanished, the first {min(missing)}; use --restart.")
    return spans


def _named(session: Session, companion: Companion, index: str) -> Iterator[list[str]]:
    """Ids that must go: those that notices name, of live writers too, and all tweets of the users that they name.

    The second are noted before the first is taken out, as nobody could find them again after that.
    """
    users: set[str] = set()
    for stones in chain(LedgerDocuments(companion).tombstones(), Graves(session).tombstones()):
        users.update(stones.users)
        yield stones.tweets
    for some in batches(sorted(users), _USERS):
        query = {"terms": {"user_id": list(some)}}
        hits = scan(session, index, query, [{"_shard_doc": "asc"}], 1000, False)
        companion.send((key_of(_REMOVED, hit["_id"]), {"kind": _REMOVED, "tweet_id": hit["_id"]}) for hit in hits)
    companion.refresh()
    yield from ([each["tweet_id"]] for each in companion.scan(_REMOVED, ["tweet_id"]))


def _check_letters(companion: Companion, commits: Sequence[Counts], bases: Mapping[tuple[int, int], int]) -> None:
    """Each part has the dead letters of its commit, with lines of the file; more are of attempts that died."""
    wanted = {commit.key: commit for commit in commits}
    found = dict.fromkeys(wanted, 0)
    replayed = LedgerDocuments(companion).replayed()
    for key, letters in groupby(companion.scan(LETTER), lambda letter: letter["key"]):
        commit = wanted.get(key)
        gone = {*replayed.get(key, ())}
        most = commit.dead_letters + len(gone) if commit else 0
        base = bases[commit.file, commit.split] if commit else 0
        there = list(letters)
        dead = [each for each in there if each["number"] < most and each["number"] not in gone]
        companion.send(_letters_put_right(dead, base))
        companion.send(taken(each) for each in there if each["number"] in gone)
        companion.send((letter_id(key, each["number"]), None) for each in there if each["number"] >= most)
        if commit:
            found[key] = len(dead)
    for key, commit in wanted.items():
        if found[key] != commit.dead_letters:
            raise JobError(
                f"The part {key} ({commit.source}) was committed with {commit.dead_letters} dead letters, but "
                f"{companion.index} holds {found[key]} of it. Label everything anew with --restart."
            )


def _letters_put_right(letters: Iterable[dict[str, Any]], base: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for letter in letters:
        if letter["line"] != letter["in_split"] + base:
            yield letter_id(letter["key"], letter["number"]), letter | {"line": letter["in_split"] + base}


def _correct_lines(session: Session, ledger: LedgerDocuments, index: str, key: str, base: int) -> None:
    """Lines are counted from the start of a split until all splits of the file are known: then from that of the file.

    A corrected document has a version one higher, so that it is corrected once, and no replay undoes it.
    """
    version, table = ledger.ids_of(key)

    def ours(ids: list[str], source: bool) -> list[Json]:
        found = get_many(session, index, ids, source) if ids else []
        return [hit for hit in found if hit["_version"] == version]

    for ids in batches(dict.fromkeys(table["tweet_id"].to_pylist()), _DOCUMENTS):
        waiting = [hit["_id"] for hit in ours(ids, False)]  # a finish that comes again reads no document whole
        actions = (put(row, hit["_id"], _moved(hit, base), version + 1) for row, hit in enumerate(ours(waiting, True)))
        send(session, index, actions)


def _moved(hit: Mapping[str, Any], base: int) -> bytes:
    source = hit["_source"]
    return orjson.dumps(source | {"line": source["line"] + base})


def _sweep(
    session: Session,
    ledger: LedgerDocuments,
    index: str,
    commits: Sequence[Counts],
    check: Callable[[], None],
) -> None:
    """Remove what jobs wrote and never committed: parts of a stream that was cut short, of a write that failed."""
    keys = {commit.key for commit in commits}
    with (
        own_folder() as folder,
        Buckets(folder / "ids", count(session, index) * 2) as buckets,
    ):
        for key, _, table in ledger.ids():
            if key in keys:
                buckets.add(table["tweet_id"], np.zeros(len(table), np.int64))
        hits = scan(session, index, {"match_all": {}}, [{"_shard_doc": "asc"}], 1000, False)
        ours = (hit["_id"] for hit in hits if hit["_version"] >= FIRST_VERSION)
        for ids in batches(ours, 10_000):
            buckets.add(pa.chunked_array([ids], pa.string()), np.full(len(ids), GONE))
        for bucket in buckets.tables():
            check()
            send(session, index, (remove(row, id) for row, id in enumerate(_strays(bucket))))
    refresh(session, index)


def _strays(bucket: pa.Table) -> list[str]:
    """Ids in the index that no committed part has."""
    written = pc.equal(bucket["row"], GONE)
    there, wanted = bucket["tweet_id"].filter(written), bucket["tweet_id"].filter(pc.invert(written))
    found: list[str] = there.filter(pc.invert(pc.is_in(there, value_set=wanted.combine_chunks()))).to_pylist()
    return found


def _check_documents(index: str, found: int, totals: Totals) -> None:
    if found != totals.documents:
        raise JobError(
            f"The index {index} holds {found} documents, but the ledger counts {totals.documents}: something else "
            "wrote to it or deleted from it. Label the archive anew with --restart."
        )


def _count(fates: Fates, wanted: int) -> int:
    return int(np.count_nonzero(fates & wanted == wanted))

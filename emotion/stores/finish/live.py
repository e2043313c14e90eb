"""Batches of live sources in the ledger: they never end, so those that are finished become one entry a source."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from emotion.stores.ledger import LIVE_FILES, Compacted, Counts, LiveDone, part_key

Runs = list[tuple[int, int]]  # first to last, in order and apart
KEPT_DIGESTS = 10_000  # of a source: they are read and written whenever a store is put in order


def not_yet(before: Compacted, pending: Sequence[Counts]) -> list[Counts]:
    """The parts that the ledger does not hold; a finish that was killed late leaves some that it does.

    Of live batches the runs tell: the one entry of their source has the key of its batch 0, which may come late.
    """
    known = {commit.key for commit in before.commits if commit.file < LIVE_FILES}
    done = {live.file: live.runs for live in before.live}
    return [
        commit for commit in pending if commit.key not in known and not within(done.get(commit.file, []), commit.split)
    ]


def joined(commits: Iterable[Counts]) -> Iterator[Counts]:
    """The entries of the ledger: of each live source one, with the sums of its batches."""
    live: defaultdict[int, list[Counts]] = defaultdict(list)
    for commit in commits:
        if commit.file < LIVE_FILES:
            yield commit
        else:
            live[commit.file].append(commit)
    yield from map(_sum, live.values())


def live_done(before: Sequence[LiveDone], commits: Iterable[Counts]) -> list[LiveDone]:
    """Which batches of each live source are finished once these are."""
    done = {live.file: LiveDone(live.source, live.file, live.runs, live.digests) for live in before}
    new: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for commit in commits:
        if commit.file >= LIVE_FILES:
            done.setdefault(commit.file, LiveDone(commit.source, commit.file))
            new[commit.file][commit.split] = commit.digest
    for file, digests in new.items():
        done[file].runs = with_more(done[file].runs, digests)
        done[file].digests = newest(done[file].digests | digests)
    return sorted(done.values(), key=lambda live: live.file)


def newest(digests: dict[int, str]) -> dict[int, str]:
    """Those of the highest numbers, in order, as many as are kept; those that nobody told are not."""
    told = sorted(number for number, digest in digests.items() if digest)
    return {number: digests[number] for number in told[-KEPT_DIGESTS:]}


def within(runs: Runs, sequence: int) -> bool:
    """Whether the number lies in a run."""
    place = bisect_right(runs, sequence, key=_first)
    return place > 0 and sequence <= runs[place - 1][1]


def put_in(runs: Runs, sequence: int) -> None:
    """Add a number to the runs; quick, however many there are."""
    place = bisect_right(runs, sequence, key=_first)
    if place and sequence <= runs[place - 1][1]:
        return
    begin = place - 1 if place and runs[place - 1][1] == sequence - 1 else place
    end = place + 1 if place < len(runs) and runs[place][0] == sequence + 1 else place
    touched = [number for run in runs[begin:end] for number in run]
    runs[begin:end] = [(min([sequence, *touched]), max([sequence, *touched]))]


def with_more(runs: Runs, sequences: Iterable[int]) -> Runs:
    """The runs with these numbers too."""
    merged: Runs = []
    for first, last in sorted([*runs, *((one, one) for one in sequences)]):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged


def _first(run: tuple[int, int]) -> int:
    return run[0]


def _sum(commits: Sequence[Counts]) -> Counts:
    first, skipped = commits[0], Counter[str]()
    for commit in commits:
        skipped.update(commit.skipped)
    return msgspec.structs.replace(
        first,
        key=part_key(first.file, 0, 0),
        split=0,
        part=0,
        last=True,
        read=sum(commit.read for commit in commits),
        labelled=sum(commit.labelled for commit in commits),
        dead_letters=sum(commit.dead_letters for commit in commits),
        deleted=sum(commit.deleted for commit in commits),
        skipped=dict(skipped),
        bytes=sum(commit.bytes for commit in commits),
        seconds=sum(commit.seconds for commit in commits),
        attempt=max(commit.attempt for commit in commits),
        digest="",
    )

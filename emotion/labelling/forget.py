"""Tweets and users taken out of a store because somebody asks for it, by the way that delete notices go.

The ids are one more file of the job that filled the store, or one more source of its live writers, so that they are
accounted for, and hold for all that is labelled or crawled later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from emotion.errors import JobError, UsageError
from emotion.labelling.accounts import Accounts, finished
from emotion.labelling.key import fingerprint, hash_key
from emotion.labelling.manifest import FORGET, Manifest, add_files, decode, is_forget, new_start, not_ended
from emotion.stores.document import part_schema
from emotion.stores.ledger import Commit, Tombstones, part_key
from emotion.stores.opening import open_store, read_accounts
from emotion.stores.protocol import FIRST, Held, Store, Turn
from emotion.tweets.files import ArchiveFile
from emotion.tweets.privacy import drop_user_of, hash_deletion
from emotion.tweets.tweet import Deletion

_AT_ONCE = 50_000  # ids of a commit
_SOURCE = "forget:"  # no live writer is called so


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The accounts of the store afterwards, and how many of the documents that they count went now.

    `retweets` of what was named were found, and went with it, as they hold its text.
    """

    store: str
    accounts: Accounts
    removed: int
    retweets: int


def forget(target: str, tweets: Sequence[str], users: Sequence[str]) -> Forgotten:
    """Take these tweets, all tweets of these users, and the retweets of both out of a store, and keep them away.

    After a kill, the same call brings it to its end.

    Raises:
        UsageError: there is no store, or it knows no users.
        JobError: something else is at work there, or was cut short, or the key of its hashed ids is missing.
    """
    store = open_store(target)
    with store.explained():
        store.recover()
        if not (store.describe() or store.holds_live()):
            raise UsageError(f"There is no store at {target}; make one with `emotion label ARCHIVE --to {target}`.")
        named = [*(Deletion(id, None) for id in tweets), *(Deletion(None, id) for id in users)]
        with store.hold() as held:
            store.sweep()
            before, manifest = read_accounts(target), _manifest(store)
            if manifest is not None and before is None:
                raise _cut_short(store)
            if manifest is not None:
                named = _as_kept(store, manifest.content, named)
            store.drop_beside()  # a whole copy, which nobody may go on with once this store was told to forget
            retweets = _retweets(store, named)
            counts = _bring(store, manifest, [*retweets, *named], held)  # they are not found without what they repeat
            if not counts and not store.ledger.finished():
                return Forgotten(store.name, Accounts(), 0, len(retweets))
            accounts = finished(store, held.check)
            if counts or before is not None:
                store.keep_run({**(before or {}), **accounts.to_dict()})
    return Forgotten(store.name, accounts, accounts.removed - (before or {}).get("removed", 0), len(retweets))


def _manifest(store: Store) -> Manifest | None:
    """The manifest of the job that filled the store, or None where that were live writers or a sink.

    Raises:
        JobError: nothing has filled it yet, or the manifest is damaged.
    """
    kept = store.manifest()
    if kept is None and not store.holds_live() and not store.ledger.progress():
        raise JobError(f"{store.name} holds no tweet yet: say the command again that was to fill it first.")
    return None if kept is None else decode(kept)


def _retweets(store: Store, named: Sequence[Deletion]) -> list[Deletion]:
    """Notices about the retweets that the store holds of what is named."""
    stones = _tombstones(named)
    known = set(stones.tweets)
    return [Deletion(id, None) for id in store.retweets_of(stones.tweets, stones.users) if id not in known]


def _bring(store: Store, manifest: Manifest | None, named: Sequence[Deletion], held: Held) -> bool:
    """Commit the notices where accounts count them, and let live writers know; whether any do."""
    if manifest is not None:
        _commit_as_file(store, manifest, named, held)
        if not _is_private(manifest.content):  # no live writer is let in there
            store.bury(_tombstones(named))
        return True
    store.bury(_tombstones(named))
    return _commit_as_live(store, named, held)


def _commit_as_file(store: Store, manifest: Manifest, named: Sequence[Deletion], held: Held) -> None:
    """As the only split of one more stream of the job, a part for so many ids."""
    _give_up_unfinished(store, manifest)
    head = blake2b("\n".join(f"{gone.tweet_id} {gone.user_id}" for gone in named).encode(), digest_size=16).hexdigest()
    add_files(manifest, [ArchiveFile("-", f"{FORGET}{head[:8]}", 0, 0, head, stream=True)], new_start(), store.starts())
    store.keep_manifest(manifest.encode())
    entry = manifest.files[-1]
    for part, some in _some(named):
        last = (part + 1) * _AT_ONCE >= len(named)
        turn = Turn(entry.start, 0, part)
        _commit(store, _notices(some, entry.file.name, len(manifest.files) - 1, 0, part, last, held), turn)


def _commit_as_live(store: Store, named: Sequence[Deletion], held: Held) -> bool:
    """As batches of one more live source, where live tweets are in accounts; whether they are."""
    for _, some in _some(named):
        place = store.live_place(_SOURCE)
        if place is None:
            return False
        _commit(store, _notices(some, _SOURCE, *place, 0, True, held), FIRST)
    return True


def _commit(store: Store, entry: Commit, turn: Turn) -> None:
    described = store.describe()
    assert described is not None
    nothing = part_schema(described.labels, described.profile_labels).empty_table()
    store.write(entry.key, entry.source, nothing, [], turn)
    store.commit(entry)


def _notices(some: Sequence[Deletion], source: str, file: int, split: int, part: int, last: bool, held: Held) -> Commit:
    return Commit(
        key=part_key(file, split, part),
        source=source,
        file=file,
        split=split,
        part=part,
        last=last,
        read=len(some),
        labelled=0,
        dead_letters=0,
        deleted=len(some),
        attempt=held.attempt,
        tombstones=_tombstones(some),
    )


def _tombstones(named: Sequence[Deletion]) -> Tombstones:
    return Tombstones(
        tweets=[gone.tweet_id for gone in named if gone.tweet_id is not None],
        users=[gone.user_id for gone in named if gone.tweet_id is None and gone.user_id is not None],
    )


def _some(named: Sequence[Deletion]) -> Iterator[tuple[int, Sequence[Deletion]]]:
    return enumerate(named[start : start + _AT_ONCE] for start in range(0, len(named), _AT_ONCE))


def _give_up_unfinished(store: Store, manifest: Manifest) -> None:
    """What a killed call brought in part goes; this one brings it whole.

    Raises:
        JobError: a labelling job was cut short.
    """
    done = store.ledger.progress()
    lost = {split.file for split in not_ended(manifest, done)}
    if any(not is_forget(manifest.files[file].file) for file in lost):
        raise _cut_short(store)
    for file in lost:
        store.ledger.forget(file)
        manifest.files[file].splits = []


def _is_private(content: dict[str, Any]) -> bool:
    return bool(content.get("hash_ids") or content.get("drop_user"))


def _as_kept(store: Store, content: dict[str, Any], named: Sequence[Deletion]) -> list[Deletion]:
    """The ids as a private store has them."""
    if content.get("drop_user"):
        if any(gone.tweet_id is None for gone in named):
            raise UsageError(f"{store.name} was labelled with --drop-user and knows no users: name their --tweets.")
        named = [drop_user_of(gone) for gone in named]
    if content.get("hash_ids"):
        key = hash_key(store.key_path, begun=True)
        if fingerprint(key) != content["hash_ids"]:
            raise JobError(f"{store.key_path} is the key of another store; bring the one of {store.name} back.")
        named = [hash_deletion(gone, key) for gone in named]
    return list(named)


def _cut_short(store: Store) -> JobError:
    return JobError(f"The job on {store.name} was cut short: say the same `emotion label` again first.")

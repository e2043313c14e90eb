"""What live writers keep in `<alias>-job-live`: their batches, their dead letters, and what was deleted.

A new labelling exchanges the companion of the job and leaves this one where it is, so nothing in it is lost or moved.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from emotion.stores.elasticsearch.bulk import remove, send
from emotion.stores.elasticsearch.companion import Companion
from emotion.stores.elasticsearch.generations import live_companion_index, readable
from emotion.stores.elasticsearch.ledger import key_of
from emotion.stores.elasticsearch.paging import batches, get_many, refresh, scan
from emotion.stores.elasticsearch.patience import patiently
from emotion.stores.elasticsearch.session import Session
from emotion.stores.ledger import Tombstones

_TWEET, _USER = "gone", "gone-user"
_IDS = 1000  # asked for at once


def _user(id: str) -> tuple[str, dict[str, str]]:
    """A user that was deleted, with a key by which a scan tells users apart."""
    key = key_of(_USER, id)
    return key, {"kind": _USER, "key": key, "user_id": id}


def found(session: Session, field: str, values: Sequence[str]) -> Iterator[str]:
    """Ids of the tweets that can be asked for and hold one of the values in the field."""
    name = readable(session)
    if name is None:
        return
    refresh(session, name)
    for some in batches(values, _IDS):
        hits = scan(session, name, {"terms": {field: list(some)}}, [{"_shard_doc": "asc"}], _IDS, False)
        yield from (hit["_id"] for hit in hits)


class Graves:
    """Tweets and users that delete notices named: they stay away, whoever brings them again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.companion = Companion(session, live_companion_index(session.address.alias))

    def bury(self, stones: Tombstones) -> None:
        """Remember what is deleted first, then take it out wherever it is behind the alias."""
        for users in batches(stones.users, _IDS):
            self.companion.send(_user(user) for user in users)
            self._take_out({"terms": {"user_id": users}})
        for ids in batches(stones.tweets, _IDS):
            self._remember(ids)
            self._take_out({"ids": {"values": ids}})

    def apply(self) -> None:
        """Take out of an index that has come behind the alias what was deleted before it did."""
        for stones in self.tombstones():
            if stones.users:
                self._take_out({"terms": {"user_id": stones.users}})
            if stones.tweets:
                self._take_out({"ids": {"values": stones.tweets}})

    def tombstones(self) -> Iterator[Tombstones]:
        """All that was deleted so far, some at a time."""
        if not self.companion.exists():
            return
        self.companion.refresh()
        for users in batches(self.companion.scan(_USER, ["user_id"]), _IDS):
            yield Tombstones(users=[each["user_id"] for each in users])
        for tweets in batches(self.companion.scan(_TWEET, ["tweet_id"]), _IDS):
            yield Tombstones(tweets=[each["tweet_id"] for each in tweets])

    def count(self) -> int:
        """How many tweets and users were deleted so far."""
        if not self.companion.exists():
            return 0
        self.companion.refresh()
        return self.companion.count(_TWEET) + self.companion.count(_USER)

    def hold(self, tweets: Sequence[tuple[str, str | None]]) -> list[bool]:
        """Whether each tweet was deleted, given by its id and that of its user."""
        held: list[bool] = []
        for some in batches(tweets, _IDS):
            keys = [{key_of(_TWEET, id), key_of(_USER, user or "")} for id, user in some]
            asked = sorted(set().union(*keys))
            there = {hit["_id"] for hit in get_many(self._session, self.companion.index, asked, False)}
            held += [not there.isdisjoint(each) for each in keys]
        return held

    def take_back(self, tweets: Sequence[tuple[str, str | None]]) -> None:
        """Take out again what was deleted while it was on its way: who deletes it has not seen it there yet."""
        deleted = [id for (id, _), is_named in zip(tweets, self.hold(tweets), strict=True) if is_named]
        for ids in batches(deleted, _IDS):
            self._take_out({"ids": {"values": ids}})

    def _remember(self, ids: Sequence[str]) -> None:
        self.companion.send((key_of(_TWEET, id), {"kind": _TWEET, "tweet_id": id}) for id in ids)

    def _take_out(self, query: dict[str, Any]) -> None:
        """Delete what a query finds behind the alias, as it is now."""
        name = self._session.address.alias
        if not patiently(self._session.patience(), lambda: self._session.client.indices.exists(index=name)):
            return
        refresh(self._session, name)
        found: defaultdict[str, list[str]] = defaultdict(list)
        for hit in scan(self._session, name, query, [{"_shard_doc": "asc"}], _IDS, False):
            found[hit["_index"]].append(hit["_id"])
        for index, ids in found.items():
            self._remember(ids)
            send(self._session, index, (remove(row, id) for row, id in enumerate(ids)))

"""Records that are no tweets: delete notices, compliance lines, and the other messages of streams."""

from collections.abc import Mapping
from typing import Any

from emotion.tweets.formats.results import NOTICE, Result, as_id
from emotion.tweets.tweet import Deletion

_ACCOUNT_GONE = ("user_delete", "user_protect", "user_suspend")
_OTHERS = frozenset(
    {
        "limit",
        "scrub_geo",
        "status_withheld",
        "user_withheld",
        "withheld",
        "warning",
        "disconnect",
        "friends",
        "friends_str",
        "event",
        "control",
        "for_user",
        "user_undelete",
        "user_unprotect",
        "user_unsuspend",
        "user_suspended",
        "user_update",
        "user_profile_modification",
        "undelete",
        "undrop",
        "drop",
        "tweet_withheld",
        "favorite",
        "direct_message",
        "info",
        "location_deletion",
        "tweet_edit",
    }
)
_SHAPES: dict[str, type | tuple[type, ...]] = {  # of those that are no objects
    "event": str,
    "for_user": (str, int),
    "friends": list,
    "friends_str": list,
}


def read_notice(record: Mapping[str, Any]) -> Result | None:
    """What a message of a stream or a compliance job says, or None when the record is none."""
    if "delete" in record:
        return _deletion(record["delete"])
    for kind in _ACCOUNT_GONE:
        if kind in record:
            return _account(record[kind])
    if "action" in record and "id" in record:
        return _compliance(record)
    if any(isinstance(record[kind], _SHAPES.get(kind, dict)) for kind in _OTHERS.intersection(record)):
        return NOTICE
    return NOTICE if _is_empty_page(record) else None


def _deletion(value: Any) -> Result | None:
    """`{"status": {...}}` of v1.1 or `{"tweet": {...}}` of v2; deleted favourites are other notices."""
    if not isinstance(value, dict):
        return None
    status = value.get("status") or value.get("tweet")
    if not isinstance(status, dict):
        return NOTICE
    tweet_id = as_id(status.get("id_str"), status.get("id"))
    user_id = as_id(status.get("user_id_str"), status.get("user_id") or status.get("author_id"))
    return Deletion(tweet_id, user_id) if tweet_id else None


def _account(value: Any) -> Result | None:
    user = value.get("user", value) if isinstance(value, dict) else None
    user_id = as_id(user.get("id_str"), user.get("id")) if isinstance(user, dict) else None
    return Deletion(None, user_id) if user_id else None


def _compliance(record: Mapping[str, Any]) -> Result | None:
    """A line of a batch compliance job; those of tweets carry `redacted_at`, those of users do not."""
    gone = as_id(record["id"], record["id"])
    if record["action"] != "delete":
        return NOTICE
    if gone is None:
        return None
    return Deletion(gone, None) if "redacted_at" in record else Deletion(None, gone)


def _is_empty_page(record: Mapping[str, Any]) -> bool:
    """A page of API v2, or the answer to a search of v1.1, without any tweet."""
    if record.get("statuses") == [] and "search_metadata" in record:
        return True
    meta = record.get("meta")
    return isinstance(meta, dict) and "result_count" in meta and not record.get("data")

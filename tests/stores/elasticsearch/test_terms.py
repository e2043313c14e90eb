"""When a ranking of several shards is sure."""

from typing import Any

import pytest

from emotion.stores.elasticsearch.queries.terms import _is_sure


def answer(*buckets: tuple[int, int], off: int, others: int) -> dict[str, Any]:
    """Counts of terms with how far each may be off."""
    found = [
        {"key": str(n), "doc_count": count, "doc_count_error_upper_bound": by} for n, (count, by) in enumerate(buckets)
    ]
    return {"buckets": found, "doc_count_error_upper_bound": off, "sum_other_doc_count": others}


@pytest.mark.parametrize(
    ("found", "limit", "is_sure"),
    [
        (answer((200, 0), (150, 61), (61, 0), off=61, others=12_000), 1, False),  # the second may have 211
        (answer((200, 0), (150, 40), (61, 0), off=61, others=12_000), 1, True),
        (answer((200, 0), (150, 61), (61, 0), off=61, others=12_000), 2, False),
        (answer((200, 0), (150, 0), (145, 0), off=61, others=12_000), 1, False),  # one that was cut may have 206
        (answer((200, 0), (150, 0), (145, 0), off=61, others=0), 1, True),
        (answer((200, 0), (200, 0), (200, 0), off=0, others=500), 2, True),  # one shard ranks exactly
        (answer((200, 0), off=61, others=0), 1, True),
        (answer((200, 0), off=61, others=12_000), 1, False),
        (answer((200, 0), off=0, others=3), 2, False),
        (answer((200, 0), off=0, others=0), 2, True),
        (answer(off=0, others=0), 2, True),
    ],
)
def test_a_ranking_is_sure_where_nothing_held_back_can_belong_in_it(
    found: dict[str, Any], limit: int, is_sure: bool
) -> None:
    assert _is_sure(found, found["buckets"], limit) == is_sure

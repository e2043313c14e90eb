from typing import Any

import pytest

from emotion.errors import JobError
from emotion.labelling.accounts import Accounts, check_part, check_total, total
from emotion.stores.ledger import Commit


def commit(**changes: Any) -> Commit:
    counts: dict[str, Any] = {"read": 10, "labelled": 5, "dead_letters": 1, "deleted": 1} | changes
    return Commit("k", "a.jsonl", 0, 0, 0, True, skipped={"language": 3}, **counts)


def test_a_part_that_balances_passes() -> None:
    check_part(commit())


@pytest.mark.parametrize("count", ["read", "labelled", "dead_letters", "deleted"])
def test_one_record_too_few_or_too_many_in_a_part_is_noticed(count: str) -> None:
    for change in (-1, 1):
        with pytest.raises(JobError, match="do not balance"):
            check_part(commit(**{count: getattr(commit(), count) + change}))


def test_the_total_is_the_sum_of_the_parts() -> None:
    accounts = total([commit(), commit()])
    assert (accounts.read, accounts.labelled, accounts.skipped) == (20, 10, {"language": 6})


@pytest.mark.parametrize("count", ["read", "labelled", "duplicates", "removed", "documents"])
def test_one_document_too_few_or_too_many_in_the_store_is_noticed(count: str) -> None:
    balanced: dict[str, Any] = {"read": 10, "labelled": 10, "duplicates": 2, "removed": 1, "documents": 7}
    check_total(Accounts(**balanced))
    for change in (-1, 1):
        with pytest.raises(JobError, match="do not balance"):
            check_total(Accounts(**(balanced | {count: balanced[count] + change})))

"""Any archive, finished in any number of jobs, against a plain model of what a store must hold."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.stores.finish import finish
from tests.stores.parts import Parts, Row, finished_rows

USERS = {"1": "u", "2": "v", "3": None, "4": "u", "5": None, "6": "w"}
MONTHS = ["2017-01-31", "2017-02-01", None]


@dataclass
class MadePart:
    rows: list[Row]
    deletes: list[str]
    users: list[str]
    dead: int
    ends_job: bool


@dataclass
class Expected:
    """First copies in order, less what any notice names."""

    seen: set[str] = field(default_factory=set)
    kept: list[tuple[str, str, str | None]] = field(default_factory=list)  # id, source, date
    duplicates: int = 0
    folded: int = 0


def rows() -> st.SearchStrategy[Row]:
    made = st.tuples(st.sampled_from(sorted(USERS)), st.sampled_from(MONTHS), st.booleans())
    return made.map(lambda each: Row(each[0], each[1], USERS[each[0]], folded=each[2]))


def parts() -> st.SearchStrategy[MadePart]:
    return st.builds(
        MadePart,
        rows=st.lists(rows(), max_size=6),
        deletes=st.lists(st.sampled_from(sorted(USERS)), max_size=1),
        users=st.lists(st.sampled_from("uvw"), max_size=1),
        dead=st.integers(0, 1),
        ends_job=st.booleans(),
    )


def expect(archive: list[MadePart]) -> Expected:
    expected = Expected()
    for number, part in enumerate(archive):
        for row in part.rows:
            if row.id not in expected.seen:
                expected.seen.add(row.id)
                expected.kept.append((row.id, f"file{number}.jsonl", row.at))
            elif row.folded:
                expected.folded += 1
            else:
                expected.duplicates += 1
    return expected


@settings(max_examples=20)
@given(st.lists(parts(), min_size=1, max_size=5))
def test_jobs_cut_anywhere_come_to_what_the_model_says(archive: list[MadePart]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = Parts(Path(folder) / "store")
        for number, part in enumerate(archive):
            made.add(number, part.rows, deletes=part.deletes, users=part.users, dead=part.dead)
            if part.ends_job:
                finish(made.root)
        totals = finish(made.root)
        found = {
            (row["tweet_id"], row["source"], month) for month, rows in finished_rows(made.root).items() for row in rows
        }
    deleted = {name for part in archive for name in part.deletes}
    users = {user for part in archive for user in part.users}
    expected = expect(archive)
    kept = {
        (name, source, f"month={at[:7] if at else 'unknown'}")
        for name, source, at in expected.kept
        if name not in deleted and USERS[name] not in users
    }
    assert found == kept
    assert totals.documents == len(kept)
    assert totals.duplicates == expected.duplicates
    assert totals.folded == expected.folded
    assert totals.removed == len(expected.kept) - len(kept)

"""Named entities as a step of the job."""

from dataclasses import replace
from pathlib import Path

import pytest

from emotion.errors import JobError, UsageError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.stores.opening import open_queries
from tests.labelling.made import rows, tweet, write_lines


@pytest.fixture
def asked(tmp_path: Path, bundle: Path) -> LabelOptions:
    texts = ("we saw Otto in new york", "so glad to be in New York with Otto", "rain again", "rain again")
    archive = write_lines(tmp_path / "a.jsonl", [tweet(n, text) for n, text in enumerate(texts)])
    (tmp_path / "places.tsv").write_text("New York\tplace\n")
    return LabelOptions(
        archives=(str(archive),), to=str(tmp_path / "store"), model=str(bundle), ray="off",
        entities=f"{tmp_path / 'places.tsv'},names",
    )  # fmt: skip


def test_documents_hold_the_entities_that_were_asked_for(asked: LabelOptions) -> None:
    label(asked)
    held = [[(each["kind"], each["name"]) for each in row["entities"]] for row in rows(Path(asked.to))]
    assert held == [[(None, "Otto"), ("place", "New York")], [("place", "New York"), (None, "Otto")], [], []]
    with open_queries(asked.to) as queries:
        assert [(term.written, term.tweets) for term in queries.top("places")] == [("New York", 2)]


def test_a_job_goes_on_with_the_same_entities_only(asked: LabelOptions, tmp_path: Path) -> None:
    label(asked)
    label(asked)
    with pytest.raises(JobError, match=r"begun otherwise \(entities .*names 1 -> none\)"):
        label(replace(asked, entities=None))
    (tmp_path / "places.tsv").write_text("York\tplace\n")
    with pytest.raises(JobError, match="begun otherwise"):
        label(asked)


def test_what_finds_no_names_is_refused_before_anything_is_made(asked: LabelOptions) -> None:
    with pytest.raises(UsageError, match="nothing that finds names"):
        label(replace(asked, entities="everything"))
    assert not Path(asked.to).exists()

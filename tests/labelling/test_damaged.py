"""Whatever stands in the files that a store keeps: a sentence, never a traceback."""

import contextlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotion.cli import run
from emotion.errors import EmotionError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.stores.directory.queries import DirectoryQueries
from tests.labelling.made import delete, label_and_die, tweet, write_lines

KEPT = ["store.json", "run.json", "_job/manifest.json", "_job/ledger.json", "_job/lease.json"]
HALF = ["store.json", "_job/manifest.json", "_job/lease.json", "commit", "letters"]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(["", "x", "000000"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["read", "a"]), inner, max_size=2),
    max_leaves=3,
)
often = settings(max_examples=int(os.environ.get("EMOTION_HARMS", "10")), suppress_health_check=list(HealthCheck))


@st.composite
def harm(draw: st.DrawFn, content: bytes) -> bytes:
    """Other content: cut, with bytes put in, or with values replaced or left out."""
    how = draw(st.sampled_from(["cut", "bytes", "value", "value", "value", "drop", "whole"]))
    if how == "cut":
        return content[: draw(st.integers(0, len(content)))]
    if how == "bytes":
        at = draw(st.integers(0, len(content)))
        return content[:at] + draw(st.binary(min_size=1, max_size=3)) + content[at + draw(st.integers(0, 3)) :]
    if how == "whole":
        return json.dumps(draw(VALUES)).encode()
    value = json.loads(content)
    place = value
    while True:
        key = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 4)):
            place = place[key]
        elif how == "drop":
            place.pop(key)
            return json.dumps(value).encode()
        else:
            place[key] = draw(VALUES)
            return json.dumps(value).encode()


class Stores:
    """A finished store and one whose job was killed, to be copied and harmed."""

    def __init__(self, folder: Path, bundle: Path) -> None:
        self.folder, self.bundle = folder, bundle
        write_lines(folder / "a" / "a.jsonl", [*(tweet(n) for n in range(3)), "broken", delete(1)])
        write_lines(folder / "a" / "b.jsonl", [tweet(5)])
        label(self.options("finished"))
        assert label_and_die(self.options("half"), "after-commit")

    def options(self, store: str) -> LabelOptions:
        return LabelOptions((str(self.folder / "a"),), str(self.folder / store), model=str(self.bundle), ray="off")

    def copy(self, store: str) -> Path:
        shutil.rmtree(self.folder / "harmed", ignore_errors=True)
        return Path(shutil.copytree(self.folder / store, self.folder / "harmed"))

    def ask(self) -> None:
        """Everything that reads what was harmed; each must end, or tell why not."""
        for ask in (
            lambda: DirectoryQueries(self.folder / "harmed").summary(),
            lambda: DirectoryQueries(self.folder / "harmed").search("good"),
            lambda: label(self.options("harmed")),
        ):
            with contextlib.suppress(EmotionError):
                ask()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            for options in ([], ["--json"]):
                assert run(["summary", str(self.folder / "harmed"), "--run", *options]) in (0, 1, 2)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, bundle: Path) -> Stores:
    return Stores(tmp_path_factory.mktemp("damaged"), bundle)


def harmed(store: Path, name: str) -> Path:
    if name == "commit":
        return next((store / "_job" / "commits").glob("*.json"))
    if name == "letters":
        return next((store / "_job" / "parts").glob("*.dead.jsonl"))
    return store / name


@settings(max_examples=int(os.environ.get("EMOTION_HARMS", "60")), suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_damaged_file_of_a_finished_store_is_a_sentence(stores: Stores, data: st.DataObject) -> None:
    path = harmed(stores.copy("finished"), data.draw(st.sampled_from(KEPT)))
    path.write_bytes(data.draw(harm(path.read_bytes())))
    stores.ask()


@settings(max_examples=int(os.environ.get("EMOTION_HARMS", "60")), suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_damaged_file_of_a_store_half_done_is_a_sentence(stores: Stores, data: st.DataObject) -> None:
    path = harmed(stores.copy("half"), data.draw(st.sampled_from(HALF)))
    path.write_bytes(data.draw(harm(path.read_bytes())))
    stores.ask()

"""Data sets in the form of the Hugging Face library, on local files alone."""

import sys
from pathlib import Path

import pytest

from emotion.errors import DataError
from emotion.sets.formats import Columns, read, read_texts
from emotion.sets.formats.huggingface import Source, parse
from emotion.training.teachers.texts import Source as TextSource


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`saved` and `alone` as the library saves them, `files` as people keep data files."""
    datasets = pytest.importorskip("datasets")
    made = tmp_path_factory.mktemp("hub")
    datasets.disable_progress_bars()
    names = ["sad", "glad"]
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=names),
            "several": datasets.List(datasets.ClassLabel(names=names)),
            "word": datasets.Value("string"),
            "joy": datasets.Value("float32"),
            "hidden": datasets.ClassLabel(names=names),
        }
    )
    rows = {
        "text": ["x", "y", "z"],
        "label": [1, 0, 1],
        "several": [[0, 1], [], [1]],
        "word": ["a", "b", "a"],
        "joy": [0.5, 0.0, 1.0],
        "hidden": [-1, -1, -1],
    }
    found = datasets.Dataset.from_dict(rows, features=features)
    datasets.DatasetDict({"train": found, "test": found.select([2, 1])}).save_to_disk(str(made / "saved"))
    found.save_to_disk(str(made / "alone"))
    (made / "files").mkdir()
    found.to_parquet(str(made / "files" / "train.parquet"))
    return made


def test_class_labels_become_their_names(folder: Path) -> None:
    rows = read("saved:train", "huggingface", root=folder)
    assert rows.texts == ["x", "y", "z"]
    assert rows.labels == ("glad", "sad")
    assert rows.targets.tolist() == [[1, 0], [0, 1], [1, 0]]


def test_texts_alone_need_no_label(folder: Path) -> None:
    assert list(TextSource("huggingface", f"{folder}/alone:train", field="word").texts()) == ["a", "b", "a"]
    hidden = Columns(text="word", label="hidden")
    assert read_texts("saved:train", "huggingface", hidden, folder) == ["a", "b", "a"]
    with pytest.raises(DataError, match="'body'"):
        list(TextSource("huggingface", f"{folder}/alone:train", field="body").texts())


def test_the_split_named_is_read(folder: Path) -> None:
    assert read("saved:test", "huggingface", root=folder).texts == ["z", "y"]
    assert read("alone:train", "huggingface", root=folder).texts == ["x", "y", "z"]


def test_lists_of_class_labels_become_several_names(folder: Path) -> None:
    rows = read("saved:train", "huggingface", Columns(label="several"), folder)
    assert (rows.labels, rows.targets.tolist(), rows.multi) == (("glad", "sad"), [[1, 1], [0, 0], [1, 0]], True)


def test_plain_columns_are_taken_as_they_are(folder: Path) -> None:
    assert read("saved:train", "huggingface", Columns(label="word"), folder).labels == ("a", "b")
    assert read("saved:train", "huggingface", Columns(labels=("joy",)), folder).targets.tolist() == [[0.5], [0], [1]]


def test_a_folder_of_data_files_is_a_data_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", folder / "cache")
    assert read("files:train", "huggingface", root=folder).labels == ("glad", "sad")
    with pytest.raises(DataError, match="files:night cannot be loaded"):
        read("files:night", "huggingface", root=folder)


@pytest.mark.parametrize(
    ("source", "columns", "said"),
    [
        ("saved:dev", Columns(), "no split 'dev'; it has train, test"),
        ("alone:dev", Columns(label="word"), None),
        ("saved", Columns(), "names no split"),
        ("saved:train", Columns(text="body"), r"no column\(s\) 'body'"),
        ("saved:train", Columns(label="hidden"), "stand for none of its 2 labels"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(folder: Path, source: str, columns: Columns, said: str | None) -> None:
    if said is None:
        assert len(read(source, "huggingface", columns, folder)) == 3
        return
    with pytest.raises(DataError, match=said):
        read(source, "huggingface", columns, folder)


def test_without_the_library_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r"pip install 'emotion\[huggingface\]'"):
        read("somebody/something:train", "huggingface")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("emotion:train", Source("emotion", None, None, "train")),
        ("dair-ai/emotion:split:train", Source("dair-ai/emotion", None, "split", "train")),
        ("dair-ai/emotion@v1.0:train[:10%]", Source("dair-ai/emotion", "v1.0", None, "train[:10%]")),
        ("dair-ai/emotion[:10%]:train", None),
        ("dair-ai/emotion@cab853a:train", Source("dair-ai/emotion", "cab853a", None, "train")),
    ],
)
def test_a_name_has_a_revision_a_configuration_and_a_split(source: str, found: Source | None) -> None:
    if found is None:
        with pytest.raises(DataError, match="names no split"):
            parse(source)
    else:
        assert parse(source) == found

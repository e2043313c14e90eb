"""One labelled file, in whatever format."""

from collections.abc import Callable
from pathlib import Path

from emotion.errors import DataError
from emotion.sets.formats import corpora, tables
from emotion.sets.formats.arrow import read_parquet
from emotion.sets.formats.columns import Columns, Format
from emotion.sets.formats.huggingface import read_huggingface
from emotion.sets.labelled import LabelledSet

_READERS: dict[Format, Callable[[Path, Columns], LabelledSet]] = {
    "carer": corpora.read_carer,
    "semeval-ec": corpora.read_semeval_ec,
    "semeval-4a": corpora.read_semeval_4a,
    "tweeteval": corpora.read_tweeteval,
    "sentiment140": corpora.read_sentiment140,
    "lines": corpora.read_lines,
    "csv": tables.read_csv,
    "tsv": tables.read_tsv,
    "jsonl": tables.read_jsonl,
    "parquet": read_parquet,
}


def read(path: Path | str, kind: Format, columns: Columns | None = None, root: Path | None = None) -> LabelledSet:
    """All rows of one file below `root`; with the format huggingface, of the data set and split that `path` names.

    Raises:
        DataError: names the file, and the line or row that cannot be used.
    """
    columns = _of_file(columns or Columns(), str(path))
    place = locate(path, kind, root)
    found = (
        read_huggingface(str(path), columns, root or Path())
        if kind == "huggingface"
        else _READERS[kind](place, columns)
    )
    if not found.texts:
        what = "texts" if columns.labels == () else "labelled texts"
        raise DataError(f"{path if kind == 'huggingface' else place} holds no {what} in the format {kind}.")
    return found.renamed(columns.names) if columns.names else found


def read_texts(path: Path | str, kind: Format, columns: Columns | None = None, root: Path | None = None) -> list[str]:
    """The texts of such a file, whatever else it holds: a table or data set needs the column of the text alone.

    Raises:
        DataError: as for `read`.
    """
    return read(path, kind, (columns or Columns()).without_labels(), root).texts


def locate(path: Path | str, kind: Format, root: Path | None = None) -> Path:
    """Where `read` finds it below `root`; what the format huggingface names is looked for when it is read.

    Raises:
        DataError: there is no such file.
    """
    place = (root or Path()) / path
    if kind != "huggingface" and not place.is_file():
        raise DataError(f"There is no labelled set at {place}. Is the data root right (--data-root or EMOTION_DATA)?")
    return place


def _of_file(columns: Columns, path: str) -> Columns:
    """The columns, with the label that one file of bare lines has of its own."""
    return columns.model_copy(update={"label": columns.files[path]}) if path in columns.files else columns

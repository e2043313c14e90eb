"""Data sets of the Hugging Face hub, or saved from its library: `NAME:SPLIT`, read by the library `datasets`."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from emotion.errors import DataError
from emotion.sets.formats.arrow import check_columns, labelled
from emotion.sets.formats.columns import Columns
from emotion.sets.labelled import LabelledSet

_SOURCE = re.compile(
    r"(?P<name>[^:@\[\]]+)(?:@(?P<revision>[^:\[\]]+))?(?::(?P<config>[^:\[\]]+))?"
    r":(?P<split>[^:\[\]]+(?:\[[^\[\]]*\])?)"
)


class Source(NamedTuple):
    """`NAME[@REVISION][:CONFIG]:SPLIT`: a folder below the data root or a name on the hub, and a split or a slice."""

    name: str
    revision: str | None
    config: str | None
    split: str


def parse(source: str) -> Source:
    """The parts of a name.

    Raises:
        DataError: it names no split.
    """
    found = _SOURCE.fullmatch(source)
    if found is None:
        raise DataError(f"{source!r} names no split of a data set; write NAME:SPLIT, or NAME:CONFIG:SPLIT.")
    return Source(found["name"], found["revision"], found["config"], found["split"])


def read_huggingface(source: str, columns: Columns, root: Path) -> LabelledSet:
    """One split; labels that the data set numbers get their names.

    Raises:
        DataError: the library is not there, or cannot load the split, or its columns are others.
    """
    found = _split(source, root)
    check_columns(source, found.column_names, columns)
    table = found.select_columns(list(columns.wanted)).with_format("arrow")[:]
    for name in columns.wanted[1:]:
        table = _named(source, table, name, found.features[name])
    return labelled(source, table, columns)


def huggingface_texts(source: str, column: str, root: Path) -> list[str]:
    """The texts of one split, whatever labels it has; rows without text are left out.

    Raises:
        DataError: as for `read_huggingface`.
    """
    found = _split(source, root)
    check_columns(source, found.column_names, Columns(text=column, label=column))
    return [str(text) for text in found[column] if text is not None]


def _split(source: str, root: Path) -> Any:
    try:
        import datasets
    except ImportError as error:
        raise DataError(
            f"{source} is read by the library datasets, which is not here: pip install 'emotion[huggingface]'."
        ) from error
    where = parse(source)
    try:
        found = _load(datasets, where, root / where.name)
    except DataError:
        raise
    except Exception as error:  # whatever a damaged or missing data set makes the library raise
        raise DataError(f"{source} cannot be loaded: {type(error).__name__}: {str(error)[:300]}") from error
    return found


def _load(datasets: Any, where: Source, folder: Path) -> Any:
    """A folder that `save_to_disk` wrote, one of data files, or a data set of the hub."""
    if folder.is_dir() and any((folder / name).exists() for name in ("dataset_dict.json", "state.json")):
        saved = datasets.load_from_disk(str(folder))
        splits = saved if isinstance(saved, datasets.DatasetDict) else {str(saved.split or where.split): saved}
        if where.split not in splits:
            raise DataError(f"{folder} has no split {where.split!r}; it has {', '.join(splits)}.")
        return splits[where.split]
    name = str(folder) if folder.is_dir() else where.name
    return datasets.load_dataset(name, where.config, split=where.split, revision=where.revision)


def _named(source: str, table: Any, name: str, feature: Any) -> Any:
    """The table with names in place of numbers, where the feature is a class label or a list of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    inner = getattr(feature, "feature", feature[0] if isinstance(feature, list) else feature)
    names = getattr(inner, "names", None)
    if names is None or table.column(name).null_count:
        return table
    column = table.column(name).combine_chunks()
    numbers = column if inner is feature else pc.list_flatten(column)
    if len(numbers) and not ((pc.min(numbers).as_py() or 0) >= 0 and (pc.max(numbers).as_py() or 0) < len(names)):
        raise DataError(f"{source}: {name!r} holds numbers that stand for none of its {len(names)} labels.")
    written = pa.array(names, pa.string()).take(numbers.cast(pa.int64()))
    if inner is not feature:
        written = pa.LargeListArray.from_arrays(_offsets(column), written)
    return table.set_column(table.column_names.index(name), name, written)


def _offsets(column: Any) -> Any:
    """Where each list of a column begins among all values, and where the last ends."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.list_value_length(column).to_numpy(zero_copy_only=False)
    return pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int64())

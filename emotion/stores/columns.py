"""How documents lie in a Parquet file: the columns kept as dictionaries, compression, statistics."""

from typing import Any

from emotion.stores.document import FIELDS, Field

ROW_GROUP = 65_536
_PRUNED_BY = ["tweet_id", "created_at", "user_id"]  # what readers skip row groups by


def write_options() -> dict[str, Any]:
    """Options of `pyarrow.parquet.ParquetWriter` and `write_table`, the same for parts and for finished files.

    Dictionaries for the columns that repeat themselves alone: tried on all of them, writing takes nearly twice as long
    and the file is larger.
    """
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": [_leaf(field) for field in FIELDS if field.few],
        "write_statistics": _PRUNED_BY,
    }


def dictionary_columns() -> list[str]:
    """Leaves to read as dictionaries where rows are only copied: their strings are never unpacked."""
    return [_leaf(field) for field in FIELDS if field.few and field.kind in ("keyword", "weight")]


def _leaf(field: Field) -> str:
    """Path of the field's strings in the Parquet schema."""
    return field.name + (".list.element" if field.many else "") + (".word" if field.kind == "weight" else "")

"""What was collected as a Parquet file that `format: parquet` reads."""

import json
from collections.abc import Sequence
from pathlib import Path

from emotion.errors import UsageError
from emotion.sets.distant.collect import Accounts, DistantOptions
from emotion.sets.distant.keywords import Keywords
from emotion.sets.distant.sample import Row
from emotion.stores.files import whole


def check_target(path: Path) -> None:
    """Refuse before reading what could not be written after it."""
    if path.suffix != ".parquet":
        raise UsageError(f"--to {path}: the set is written as Parquet; end its name in .parquet.")
    if not path.parent.is_dir():
        raise UsageError(f"--to {path}: the folder {path.parent} does not exist; make it first.")
    if path.is_dir():
        raise UsageError(f"--to {path} is a folder; name a file.")


def write(path: Path, rows: Sequence[Row], accounts: Accounts, keywords: Keywords, options: DistantOptions) -> None:
    """Columns text, label, tweet_id, lang and keyword; the file appears whole or not at all.

    `label` is a string, or a list where tweets with several labels are kept. The schema's metadata say, under the key
    emotion, what the set was made by.
    """
    import pyarrow as pa
    from pyarrow import parquet

    several = options.several == "keep"
    labels = [list(row.labels) for row in rows] if several else [row.labels[0] for row in rows]
    made = {
        "options": options.to_dict(),
        "keywords": keywords.model_dump(mode="json"),
        "accounts": accounts.to_dict(),
    }
    table = pa.table(
        {
            "text": pa.array([row.text for row in rows], pa.string()),
            "label": pa.array(labels, pa.list_(pa.string()) if several else pa.string()),
            "tweet_id": pa.array([row.tweet_id for row in rows], pa.string()),
            "lang": pa.array([row.lang for row in rows], pa.string()),
            "keyword": pa.array([row.keyword for row in rows], pa.string()),
        },
    ).replace_schema_metadata({"emotion": json.dumps(made, ensure_ascii=False)})
    with whole(path) as temporary:
        parquet.write_table(table, temporary, compression="zstd")

"""Stores of made parts and commits, as a labelling job leaves them before the finish."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from emotion.prediction import Predictions
from emotion.stores.columns import write_options
from emotion.stores.document import Context, documents, prediction_columns
from emotion.stores.ledger import Commit, Ledger, Tombstones, part_key
from emotion.tweets.tweet import Tweet

FINISH = "import sys, pathlib; from emotion.stores.finish import finish; finish(pathlib.Path(sys.argv[1]))"
LABELS = ("joy", "fear", "anger")
PROFILE_LABELS = ("joy", "trust")


def made_predictions(
    texts: Sequence[str], attention: bool = True, profile: Sequence[str] = PROFILE_LABELS
) -> Predictions:
    """Predictions that depend on each text alone."""
    words = [text.split() for text in texts]
    lengths = [len(each) for each in words]
    seeds = np.array([sum(text.encode("utf-8", "replace")) for text in texts], np.float32).reshape(-1, 1)
    scores = np.abs(np.sin(seeds + np.arange(len(LABELS), dtype=np.float32))) + 0.01
    of_profile = np.abs(np.cos(seeds + np.arange(len(profile), dtype=np.float32)))
    return Predictions(
        labels=LABELS,
        profile_labels=tuple(profile),
        scores=(scores / scores.sum(axis=1, keepdims=True)).astype(np.float32),
        profile=of_profile.astype(np.float32),
        emotions=of_profile > 0.5,
        ambiguous=seeds[:, 0] % 2 == 0,
        felt=seeds[:, 0] % 3 == 0,
        unknown=np.zeros(len(texts), np.float32),
        words=[word for each in words for word in each],
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        model="feedfacefeedface",
        engine="exact",
        attention=np.linspace(0, 1, sum(lengths), dtype=np.float32) if attention else None,
    )


@dataclass(frozen=True)
class Row:
    """A labelled tweet of a part; `at` is a date such as 2017-01-31."""

    id: str
    at: str | None = "2017-01-05"
    user: str | None = None
    folded: bool = False

    @property
    def created_at(self) -> int | None:
        """Microseconds since 1970."""
        return int(datetime.fromisoformat(self.at).replace(tzinfo=UTC).timestamp() * 1e6) if self.at else None


class Parts:
    """Writes parts into the store at `root`, numbering them and their lines as a job does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ledger = Ledger(root / "_job")
        self.ledger.create()
        self._parts: defaultdict[tuple[int, int], int] = defaultdict(int)
        self._lines: defaultdict[tuple[int, int], int] = defaultdict(int)

    def add(
        self,
        file: int,
        rows: Sequence[Row] = (),
        *,
        split: int = 0,
        last: bool = True,
        deletes: Sequence[str] = (),
        users: Sequence[str] = (),
        dead: int = 0,
    ) -> str:
        """Write and commit the next part of a split: its rows, then its dead letters, then its notices."""
        place = (file, split)
        key, source = part_key(file, split, self._parts[place]), f"file{file}.jsonl"
        table = made_documents(rows, source, self._lines[place])
        pq.write_table(table, self.ledger.parts / f"{key}.parquet", **write_options())
        letters = [
            {"file": source, "line": self._lines[place] + len(rows) + n, "reason": "bad"} for n in range(1, dead + 1)
        ]
        if letters:
            text = "".join(json.dumps(letter) + "\n" for letter in letters)
            (self.ledger.parts / f"{key}.dead.jsonl").write_text(text)
        read = len(rows) + dead + len(deletes) + len(users)
        self.ledger.commit(
            Commit(
                key=key,
                source=source,
                file=file,
                split=split,
                part=self._parts[place],
                last=last,
                read=read,
                labelled=len(rows),
                dead_letters=dead,
                deleted=len(deletes) + len(users),
                tombstones=Tombstones(list(deletes), list(users)),
            )
        )
        self._parts[place] += 1
        self._lines[place] += read
        return key


def made_documents(rows: Sequence[Row], source: str = "a.jsonl", line: int = 0) -> pa.Table:
    """Documents of rows; each text tells its place, so that no two copies of an id are alike."""
    tweets = [
        Tweet(
            tweet_id=row.id,
            text=f"{row.id} at {source} {line + number}",
            line=line + number,
            created_at=row.created_at,
            user_id=row.user,
            hashtags=["storm"] * (number % 3),
            folded=row.folded,
        )
        for number, row in enumerate(rows, 1)
    ]
    predicted = prediction_columns(made_predictions([tweet.text for tweet in tweets]))
    return documents(tweets, predicted, Context(source, "exact", "job-1", 1_500_000_000_000_000))


def finished_rows(root: Path) -> dict[str, list[dict[str, Any]]]:
    """The finished documents by month directory, in the order of their files."""
    months: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(root.glob("month=*/*.parquet")):
        months.setdefault(path.parent.name, []).extend(pq.ParquetFile(path).read().to_pylist())
    return months


def finished_ids(root: Path) -> dict[str, list[str]]:
    """The finished ids by month, without the directory's `month=`."""
    return {
        month.removeprefix("month="): [row["tweet_id"] for row in rows] for month, rows in finished_rows(root).items()
    }


def content(root: Path) -> dict[str, Any]:
    """All that a finished store holds, but the names of its files in the months."""
    job = root / "_job"
    letters = root / "dead_letters.jsonl"
    return {
        "documents": finished_rows(root),
        "ledger": json.loads((job / "ledger.json").read_bytes()),
        "dead letters": letters.read_text() if letters.exists() else "",
        "tombstones": sorted(map(str, pa.ipc.open_file(job / "tombstones.arrow").read_all().to_pylist())),
        "removed": sorted(pa.ipc.open_file(job / "removed.arrow").read_all()["tweet_id"].to_pylist()),
        "others": sorted(
            str(path.relative_to(root))
            for path in root.rglob("*")
            if path.is_file() and not path.parent.name.startswith("month=")
        ),
        "months": sorted(path.name for path in root.glob("month=*")),
    }


def copy_store(source: Path, target: Path) -> Path:
    """A copy to finish in another way."""
    shutil.copytree(source, target)
    return target


def kill_at(store: Path, point: str) -> None:
    """Finish the store in a process that kills itself at the named point."""
    ended = subprocess.run([sys.executable, "-c", FINISH, str(store)], env=os.environ | {"EMOTION_CRASH": point})
    assert ended.returncode == -signal.SIGKILL

"""Which formats there are, and where a table keeps its texts and labels."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Format = Literal[
    "carer",
    "semeval-ec",
    "semeval-4a",
    "tweeteval",
    "sentiment140",
    "lines",
    "csv",
    "tsv",
    "jsonl",
    "parquet",
    "huggingface",
]
MOST_LABELS = 1000  # more are no labels but ids, or texts: a column named wrongly


class Columns(BaseModel):
    """Where a table keeps its text and labels: one column with the label, or a column of scores for each label.

    `label` names a column that holds a label or a list of them, with `label_delimiter` several in a cell. In a file of
    bare lines it is the label that every line carries; `files` gives each file of such lines its own, by the path that
    names it. `labels` names columns of numbers from 0 to 1 instead. Columns of a CSV or TSV file without header are
    numbered from 1.

    `delimiter`, `quoted` and `encoding` say how a CSV or TSV file is written. `names` gives labels of any format, as
    the file writes them, other names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    text: str = "text"
    label: str = "label"
    labels: tuple[str, ...] | None = Field(default=None, min_length=1)
    label_delimiter: str | None = Field(default=None, min_length=1)
    delimiter: str | None = Field(default=None, pattern=r'^[^"\r\n]$')  # a comma in CSV, a tab in TSV
    quoted: bool = True
    encoding: Literal["utf-8", "latin-1"] = "utf-8"
    names: dict[str, str] = {}
    files: dict[str, str] = {}

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns that are read, that of the text first."""
        return (self.text, *((self.label,) if self.labels is None else self.labels))

    def without_labels(self) -> "Columns":
        """Where the text is, and no label: a table is then read for its texts alone."""
        return self.model_copy(update={"labels": ()})

"""Files of labelled texts, one reader a format; each gives a LabelledSet or a DataError with file and place."""

from emotion.sets.formats.columns import Columns, Format
from emotion.sets.formats.detect import detect
from emotion.sets.formats.read import locate, read, read_texts

__all__ = ["Columns", "Format", "detect", "locate", "read", "read_texts"]

"""Plain text, one tweet a line."""

from emotion.tweets.formats.lenient import BOM, trim
from emotion.tweets.formats.results import BLANK, Result, from_text
from emotion.tweets.tweet import DeadLetter, Tweet


class TextRecords:
    """Parses lines that are texts and nothing else."""

    def parse(self, raw: bytes, line: int) -> Result:
        bare = trim(raw) if raw.endswith((b"\r", b"\0")) or raw.startswith(BOM) else raw
        try:
            text = bare.decode("utf-8")
        except UnicodeDecodeError:
            return DeadLetter(line, "not UTF-8", raw)
        return from_text(Tweet("", text, line)) if text.strip() else BLANK

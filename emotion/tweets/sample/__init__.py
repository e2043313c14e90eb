"""A sample archive made by the project itself: tweets of nobody, with a story, in every common format."""

from emotion.tweets.sample.archive import Counts, write_sample
from emotion.tweets.sample.lines import lines, write_lines

__all__ = ["Counts", "lines", "write_lines", "write_sample"]

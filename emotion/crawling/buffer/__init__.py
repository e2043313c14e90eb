"""The buffer on disk between a source and its target."""

from emotion.crawling.buffer.buffer import Buffer, Policy, Stopped
from emotion.crawling.buffer.frames import Frame, Header, Position

__all__ = ["Buffer", "Frame", "Header", "Policy", "Position", "Stopped"]

"""What was felt, when and about what: emotion analytics for archives and live streams of tweets."""

__version__ = "0.1.0"

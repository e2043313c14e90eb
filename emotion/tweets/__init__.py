"""Tweets from the archives people have: the canonical schema, every format, splits and parts."""

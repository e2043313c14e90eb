"""Distant supervision: a labelled set from an archive, by hashtags and emoji that people put on their own tweets."""

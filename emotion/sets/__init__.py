"""Labelled sets: the files that people have, as texts with their labels; splits, leaks, and what a set is like."""

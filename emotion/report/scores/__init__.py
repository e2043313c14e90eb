"""The sections of a page about what a model is worth."""

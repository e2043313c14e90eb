"""The directory store as a live writer fills it."""

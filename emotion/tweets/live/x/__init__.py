"""X, by its API v2: the filtered stream, recent search and counts."""

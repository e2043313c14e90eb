"""Vectors of words that depend on their neighbours, whoever makes them: what the network asks, the cache, the files."""

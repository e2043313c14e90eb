"""The crawler: from a live source through a buffer on disk to the API or to a store."""

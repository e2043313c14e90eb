"""The API on Ray Serve."""

"""The page about a search, and the shapes of what a search found."""

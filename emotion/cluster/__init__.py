"""Ray itself: settings of a local one, starting it, connecting to any, and whether a plan fits it."""

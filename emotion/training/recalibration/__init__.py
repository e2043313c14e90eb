"""A model calibrated anew on labelled texts of its user: the same network, other temperatures and thresholds."""

"""The search for a model: many trainings on Ray Tune, one bundle chosen."""

"""The Emotion API: HTTP over a predictor, and its deployment on Ray Serve."""

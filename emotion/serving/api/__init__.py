"""The HTTP application itself, free of Ray and torch: it asks whoever predicts, and says what came of it."""

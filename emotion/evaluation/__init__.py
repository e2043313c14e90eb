"""What a model is worth: measures, the linear baseline beside it, and how sure the numbers are."""

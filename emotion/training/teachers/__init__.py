"""Teachers: large models, slow and good, whose scores a small model learns from."""

"""What `serve run` and `serve deploy` import: `serve.app:build`."""

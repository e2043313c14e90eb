"""Every format that holds tweets, one module each."""

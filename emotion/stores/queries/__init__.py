"""Questions to a store: what was felt, when and about what."""

"""The models behind the API: batches across requests, the exchange of a model, canary and shadow, drift. No Ray."""

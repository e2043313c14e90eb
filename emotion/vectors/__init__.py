"""Word vectors: the files people have, own ones from texts, and what starts a model's embedding; no torch."""

"""Files of word vectors: each format has its module, which gives rows to a `Gathering`."""

"""Own word vectors from archives of tweets: texts cleaned to disk, counted in bounded memory, trained by gensim."""

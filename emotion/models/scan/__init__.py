"""A classifier on CPU, without gradients: the numbers of its modules, several times faster.

The input's part of the gates is computed once for each word of the vocabulary, then looked up. A word of padding looks
up gates that hold the state where it is, so both directions run over batches as they stand. Steps, attention and maxima
are done by compiled kernels (`compiled.py`, `kernels.c`) where this machine could build them, its processor has AVX2
and the units of a layer are a multiple of 8, else by torch (`stepped.py`).
"""

"""ELMo (Peters et al. 2018, "Deep contextualized word representations", arXiv 1802.05365), from its official files."""

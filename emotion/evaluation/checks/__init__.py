"""Behavioural tests: what a model must be able to do, told as YAML (CheckList, Ribeiro et al. 2020)."""

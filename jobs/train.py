"""Train a model as a job: `python jobs/train.py RECIPE.yaml --to DIR`, with the options of `emotion train`."""

import sys

from emotion.cli import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])

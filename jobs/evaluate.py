"""Measure a bundle as a job: `python jobs/evaluate.py --data FILE`, with the options of `emotion evaluate`."""

import sys

from emotion.cli import main

if __name__ == "__main__":
    main(["evaluate", *sys.argv[1:]])

"""Train a model as a job: `python jobs/train.py RECIPE.yaml --to DIR`, with the options of `emotion train`.

On a cluster, by four processes, where DIR and the data root are paths that every node sees:

    ray job submit --address http://localhost:8265 --working-dir . -- \\
        python jobs/train.py RECIPE.yaml --to DIR --data-root DATA --workers 4

`--gpus 4` gives each a GPU. Submitted again after a kill, it goes on where it was.
"""

import sys

from emotion.cli import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])

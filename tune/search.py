"""Search for a model as a job: `python tune/search.py --space tune/spaces/recurrent.yaml --to DIR --data-root DATA`.

It is `emotion tune`, with all its options. On a cluster, where DIR and DATA are paths that every node sees:

    ray job submit --address http://localhost:8265 --working-dir . -- \\
        python tune/search.py --space tune/spaces/recurrent.yaml --to DIR --data-root DATA

`--gpu auto` puts as many trials on each GPU as fit. Submitted again after a kill, it goes on where it was.
"""

import sys

from emotion.cli import main

if __name__ == "__main__":
    main(["tune", *sys.argv[1:]])

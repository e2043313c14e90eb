"""Label an archive as a job: `python jobs/label.py ARCHIVE... --to STORE`, with the options of `emotion label`.

On a cluster, where ARCHIVE and STORE are paths that every node sees:

    ray job submit --address http://localhost:8265 --working-dir . -- python jobs/label.py ARCHIVE... --to STORE

Submitted again after a kill, it goes on where it was.
"""

import sys

from emotion.cli import main

if __name__ == "__main__":
    main(["label", *sys.argv[1:]])

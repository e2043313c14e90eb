"""Crawl a live source as a job: `python jobs/stream.py SOURCE --to API-or-STORE`, with the options of `emotion crawl`.

On a cluster, beside an API that runs there:

    ray job submit --address http://localhost:8265 --working-dir . -- \\
        python jobs/stream.py bluesky --to http://localhost:8000 --buffer DIR

where DIR outlives the job. Submitted again after a kill, it goes on where it was.
"""

import sys

from emotion.cli import main

if __name__ == "__main__":
    main(["crawl", *sys.argv[1:]])

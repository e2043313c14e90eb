"""Learn word vectors as a job: `python jobs/embed.py ARCHIVE... --to DIR`, with the options of `emotion embed`.

On a cluster it is one process on one node, which must see ARCHIVE and DIR; give it that node's cores as threads:

    ray job submit --address http://localhost:8265 --working-dir . --entrypoint-num-cpus 8 -- \\
        python jobs/embed.py ARCHIVE... --to DIR --threads 8
"""

import sys

from emotion.cli import main

if __name__ == "__main__":
    main(["embed", *sys.argv[1:]])

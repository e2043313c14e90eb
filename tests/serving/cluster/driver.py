"""A process that serves for the tests: told what to do by lines on standard input, it says when it is done.

A process of its own, because Ray reads its settings when it is imported.
"""

import json
import sys

from emotion.serving.cluster.local import deploy, free_ports, running
from emotion.serving.options import ServeOptions


def main() -> None:
    asked = json.loads(sys.argv[1])
    replicas = asked.pop("replicas")
    options = ServeOptions.model_validate(asked)
    with running(options, "127.0.0.1", free_ports("127.0.0.1", 1)[0], replicas) as address:
        print(address, flush=True)
        for line in sys.stdin:
            deploy(options.model_copy(update=json.loads(line)), replicas)
            print("done", flush=True)


if __name__ == "__main__":
    main()

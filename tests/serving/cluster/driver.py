"""A process that serves for the tests: told what to do by lines on standard input, it says when it is done.

A process of its own, because Ray reads its settings when it is imported.
"""

import json
import sys

from emotion.serving.cluster.local import APP, deploy, free_ports, running
from emotion.serving.options import ServeOptions


def main() -> None:
    asked = json.loads(sys.argv[1])
    replicas = asked.pop("replicas")
    options = ServeOptions.model_validate(asked)
    answers, sys.stdout = sys.stdout, sys.stderr  # Ray prints what it finds worth saying
    with running(options, "127.0.0.1", free_ports("127.0.0.1", 1)[0], replicas) as address:
        print(address, file=answers, flush=True)
        for line in sys.stdin:
            told = json.loads(line)
            if told.pop("build", False):
                run_built(ServeOptions.model_validate({**asked, **told}))
            else:
                deploy(options.model_copy(update=told), replicas)
            print("done", file=answers, flush=True)


def run_built(options: ServeOptions) -> None:
    """As `serve run serve.app:build` does."""
    from ray import serve

    from serve.app import build

    serve.run(build(options), name=APP, route_prefix="/")


if __name__ == "__main__":
    main()

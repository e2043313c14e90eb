"""The API on the cluster of `tests/by_hand/harm.py`, deployed or ended from its head.

    python -m tests.served begin ADDRESS STORE KEYS
    python -m tests.served end ADDRESS

It writes into a directory, so there is one replica, which any machine may hold.
"""

import sys
from pathlib import Path

import ray
from ray import serve

from emotion.serving.cluster.local import deploy
from emotion.serving.options import ServeOptions

PORT = 8000


def main() -> None:
    what, address, *places = sys.argv[1:]
    ray.init(address=address, log_to_driver=False)
    if what == "end":
        serve.shutdown()  # type: ignore[no-untyped-call]
        return
    store, keys = places
    serve.start(proxy_location="HeadOnly", http_options={"host": "0.0.0.0", "port": PORT})  # of the namespace
    deploy(ServeOptions(store=store, write=True, keys=Path(keys)), 1)


if __name__ == "__main__":
    main()

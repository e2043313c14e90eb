"""A search on two nodes, the second of which is killed on the way: `python -m tests.ray.two_nodes DIR`."""

import sys
import threading
import time
from pathlib import Path
from typing import Any

from emotion.labelling.ray_settings import prepare_local


def main(folder: Path) -> None:
    prepare_local()
    import ray
    from ray.cluster_utils import Cluster

    from emotion.tuning.folder import Round
    from emotion.tuning.options import Machines, Plan
    from emotion.tuning.search import search
    from emotion.tuning.space import read_space
    from emotion.tuning.view import ConsoleListener

    cluster: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    second = cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address, log_to_driver=False)

    def kill() -> None:
        """Once both nodes train."""
        while sum(trial.epochs > 0 for trial in Round(folder / "out" / "trials").trials()) < 2:
            time.sleep(0.02)
        cluster.remove_node(second, allow_graceful=False)
        print("a node was killed", file=sys.stderr, flush=True)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with ConsoleListener() as listener:
            search(read_space(folder / "space.yaml"), Plan(folder / "out", folder, Machines(at_once=2)), listener)
    finally:
        killer.join()
        ray.shutdown()
        cluster.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

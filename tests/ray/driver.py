"""A driver process of its own with a cluster of its own: `python -m tests.ray.driver JSON`. It labels."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from emotion.cluster.settings import prepare_local

PART_BYTES = 20_000  # several parts a file


def as_if_changed(tasks: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Tasks whose files look to the workers as if they were written to after they were listed."""

    def changed(*arguments: Any) -> list[Any]:
        return [replace(task, file=replace(task.file, mtime_ns=1)) for task in tasks(*arguments)]

    return changed


def main() -> None:
    asked = json.loads(sys.argv[1])
    prepare_local()
    os.environ["EMOTION_LOGICAL_GPUS"] = "1"
    from emotion.cluster.local import ray_here
    from emotion.errors import EmotionError
    from emotion.labelling import job
    from emotion.labelling.options import LabelOptions

    options = LabelOptions(
        archives=(asked["archive"],),
        to=asked["to"],
        model=asked["model"],
        gpus=asked["gpus"],
        workers=asked.get("workers"),
        ray="local",
    )
    try:
        vars(job)["PART_BYTES"] = PART_BYTES
        if asked.get("changed"):
            vars(job)["_tasks"] = as_if_changed(vars(job)["_tasks"])
        with ray_here(asked["cpus"], 200 << 20, asked["gpus"]):
            job.label(options)
    except EmotionError as error:
        sys.exit(f"emotion: {error}")


if __name__ == "__main__":
    main()

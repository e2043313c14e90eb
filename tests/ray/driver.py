"""A driver process with a cluster of its own: `python -m tests.ray.driver LAYOUT`.

It labels what each line of its input asks, and answers each with a line: what was wrong, as JSON, or null.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from emotion.labelling.ray_settings import prepare_local

PART_BYTES = 20_000  # several parts a file


def as_if_changed(tasks: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Tasks whose files look to the workers as if they were written to after they were listed."""

    def changed(*arguments: Any) -> list[Any]:
        return [replace(task, file=replace(task.file, mtime_ns=1)) for task in tasks(*arguments)]

    return changed


@contextmanager
def altered(changed: bool) -> Iterator[None]:
    """Parts are small; with `changed`, the files seem to have changed too."""
    from emotion.labelling import job

    kept = vars(job)["_tasks"]
    vars(job)["PART_BYTES"] = PART_BYTES
    if changed:
        vars(job)["_tasks"] = as_if_changed(kept)
    try:
        yield
    finally:
        vars(job)["_tasks"] = kept


def label(asked: dict[str, Any], gpus: int) -> str | None:
    """Label; the sentence where it cannot be done, which is told as the command tells it, too."""
    from emotion.errors import EmotionError
    from emotion.labelling import job
    from emotion.labelling.options import LabelOptions

    options = LabelOptions(
        archives=(asked["archive"],),
        to=asked["to"],
        model=asked["model"],
        gpus=gpus,
        workers=asked.get("workers"),
        ray="local",
    )
    try:
        with altered(bool(asked.get("changed"))):
            job.label(options)
    except EmotionError as error:
        print(f"emotion: {error}", file=sys.stderr, flush=True)
        return str(error)
    return None


def main() -> None:
    layout = json.loads(sys.argv[1])
    prepare_local()
    os.environ["EMOTION_LOGICAL_GPUS"] = "1"
    import ray

    ray.init(num_cpus=layout["cpus"], num_gpus=layout["gpus"], include_dashboard=False, object_store_memory=200 << 20)
    for line in sys.stdin:
        print(json.dumps(label(json.loads(line), layout["gpus"])), flush=True)


if __name__ == "__main__":
    main()

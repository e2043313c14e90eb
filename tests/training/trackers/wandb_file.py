"""Reads a run that W&B wrote offline: records of its protocol, framed as LevelDB's log format frames them."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEAD = struct.Struct("<4sHB")  # of a file: its name, a magic number, a version
FRAME = struct.Struct("<IHB")  # of a piece: checksum, bytes, kind
BLOCK = 32_768
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def records(path: Path) -> Iterator[Any]:
    """Each record of a `.wandb` file, parsed by W&B's own protocol."""
    from wandb.proto import wandb_internal_pb2

    protocol: Any = wandb_internal_pb2
    for data in _framed(path.read_bytes()):
        record = protocol.Record()
        record.ParseFromString(data)
        yield record


def history(path: Path) -> list[dict[str, Any]]:
    """What was logged at each step."""
    return [_values(record.history.item) for record in records(path) if record.HasField("history")]


def configuration(path: Path) -> dict[str, Any]:
    """The parameters of the run."""
    (run,) = [record.run for record in records(path) if record.HasField("run")]
    return _values(run.config.update)


def summary(path: Path) -> dict[str, Any]:
    """The numbers that stand for the whole run."""
    found: dict[str, Any] = {}
    for record in records(path):
        if record.HasField("summary"):
            found |= _values(record.summary.update)
    return found


def _values(items: Any) -> dict[str, Any]:
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}


def _framed(data: bytes) -> Iterator[bytes]:
    assert HEAD.unpack_from(data)[0] == b":W&B"
    place, record = HEAD.size, b""
    while place + FRAME.size <= len(data):
        left = BLOCK - place % BLOCK
        if left < FRAME.size:
            place += left
            continue
        _, length, kind = FRAME.unpack_from(data, place)
        place += FRAME.size
        record = data[place : place + length] if kind in (FULL, FIRST) else record + data[place : place + length]
        place += length
        if kind in (FULL, LAST):
            yield record
    assert place == len(data)

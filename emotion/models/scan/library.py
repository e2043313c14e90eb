"""`kernels.c` as functions on tensors. It is compiled when the package is installed, where there is a C compiler."""

import ctypes
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ctypes import c_int, c_int64, c_void_p
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

VERSION = 3  # of the structures: `version` in kernels.c
AVX2, AVX512, BFLOAT16 = 1, 2, 3  # `kinds` in kernels.c
ROWS = 4  # the most that a kernel takes at once
APART = 32  # texts that are worth a thread
_buffer = partial(torch.empty, dtype=torch.float32, device="cpu")  # whatever torch's defaults are


class _Scan(ctypes.Structure):
    _fields_: ClassVar = [
        ("gates", c_void_p),
        ("gates_stride", c_int64),
        ("picks", c_void_p),
        ("weights", c_void_p),
        ("bias", c_void_p),
        ("states", c_void_p),
        ("states_stride", c_int64),
        ("scratch", c_void_p),
        *((name, c_int64) for name in ("steps", "hidden", "first", "end", "backward")),
    ]


class _Attention(ctypes.Structure):
    _fields_: ClassVar = [
        *((name, c_void_p) for name in ("states", "lengths", "weights", "hop_weights", "attention", "pooled")),
        ("pooled_stride", c_int64),
        ("scratch", c_void_p),
        *((name, c_int64) for name in ("steps", "padded", "width", "dim", "hops", "first", "end")),
    ]


class _Maximum(ctypes.Structure):
    _fields_: ClassVar = [
        *((name, c_void_p) for name in ("states", "lengths", "pooled")),
        *((name, c_int64) for name in ("pooled_stride", "steps", "width", "first", "end")),
    ]


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of one layer: packed weights (G * H, H), the bias of a GRU's state (H,), where it stands.

    An LSTM's bias is zeros, which nothing reads.
    """

    weights: Tensor
    bias: Tensor
    is_lstm: bool
    backward: bool


class Kernels:
    """The kernels for one kind of processor. They look at no shape: callers keep to what is said here.

    Tensors are float32, but for packed weights and for picks and lengths, which are int64. All are contiguous, except
    that gates, pooled and the states of `scan` may be columns of wider ones that are.
    """

    def __init__(self, kind: int) -> None:
        self.kind, self.lanes, self.half = kind, _lanes(kind), kind == BFLOAT16

    def pack(self, weights: Tensor) -> Tensor:
        """Weights (blocks, columns, lanes, depth) in the order that the kernels read them, rounded for `half` ones."""
        if not self.half:
            return weights.permute(0, 3, 1, 2).contiguous()
        pairs = weights.reshape(*weights.shape[:3], -1, 2).permute(0, 3, 1, 2, 4)
        return pairs.to(torch.bfloat16).contiguous()

    def scan(self, direction: Direction, gates: Tensor, picks: Tensor, states: Tensor) -> None:
        """Write states (B, T, H) of one direction, where `picks` (B, T) name rows of gates (N, G * H)."""
        texts, steps, hidden = states.shape
        self._run(
            "lstm" if direction.is_lstm else "gru",
            _Scan,
            texts,
            3 * ROWS * hidden,
            gates=gates,
            gates_stride=gates.stride(0),
            picks=picks,
            weights=direction.weights,
            bias=direction.bias,
            states=states,
            states_stride=states.stride(1),
            steps=steps,
            hidden=hidden,
            backward=direction.backward,
        )

    def attend(self, weights: Tensor, hop_weights: Tensor, states: Tensor, lengths: Tensor, pooled: Tensor) -> Tensor:
        """Attention (B, hops, T) over states (B, T, W); the states weighted by it go to `pooled` (B, hops * W).

        `weights` (dim, W) are packed in blocks of two columns, `hop_weights` are (hops, dim).
        """
        texts, steps, width = states.shape
        hops, dim = hop_weights.shape
        padded = -(-steps // self.lanes) * self.lanes
        attention = _buffer(texts, hops, padded)

        self._run(
            "attend",
            _Attention,
            texts,
            ROWS * (width + dim),
            states=states,
            lengths=lengths,
            weights=weights,
            hop_weights=hop_weights,
            attention=attention,
            pooled=pooled,
            pooled_stride=pooled.stride(0),
            steps=steps,
            padded=padded,
            width=width,
            dim=dim,
            hops=hops,
        )
        return attention[..., :steps]

    def highest(self, states: Tensor, lengths: Tensor, pooled: Tensor) -> None:
        """Write the largest of each unit of states (B, T, W) over the words of each text to `pooled` (B, W)."""
        texts, steps, width = states.shape
        self._run(
            "highest",
            _Maximum,
            texts,
            0,
            states=states,
            lengths=lengths,
            pooled=pooled,
            pooled_stride=pooled.stride(0),
            steps=steps,
            width=width,
        )

    def _run(
        self, name: str, structure: type[ctypes.Structure], texts: int, scratch: int, **fields: Tensor | int
    ) -> None:
        """Call a kernel for all texts, each call with so many floats of its own to work in."""
        kernel = getattr(_library(), name)

        def work(first: int, end: int) -> None:  # holds the tensors: a thread may outlive an interrupted caller
            given = {name: field.data_ptr() if isinstance(field, Tensor) else field for name, field in fields.items()}
            own = _buffer(scratch)
            room = {"scratch": own.data_ptr()} if scratch else {}
            kernel(ctypes.byref(structure(**given, **room, first=first, end=end)), c_int(self.kind))

        _spread(work, texts)


def kernels(half: bool, hidden: int) -> Kernels | None:
    """The best that this processor has for layers of so many units, which fill whole vectors of 16, or of 8.

    With `half`, those with products of bfloat16 if it has these. None where there are none.
    """
    library = _library()
    best = 0 if library is None else library.kinds()
    kinds = (kind for kind in (BFLOAT16, AVX512, AVX2) if kind <= best and (half or kind != BFLOAT16))
    return next((Kernels(kind) for kind in kinds if hidden % _lanes(kind) == 0), None)


def _lanes(kind: int) -> int:
    return 8 if kind == AVX2 else 16


@cache
def _library() -> ctypes.CDLL | None:
    for path in _places():
        with suppress(OSError):  # not there, or built on another machine
            library = ctypes.CDLL(str(path))
            if hasattr(library, "version") and library.version() == VERSION:
                return library
            warnings.warn(f"{path} is of another version and left aside: install emotion again", stacklevel=2)
    return None


def _places() -> Iterator[Path]:
    """Beside this file; then in the package that is installed, where what a Ray job sent stands before it."""
    beside = Path(__file__).parent
    yield from _libraries(beside)
    with suppress(PackageNotFoundError):
        installed = Path(str(distribution("emotion").locate_file("emotion/models/scan"))).absolute()
        if installed != beside:
            yield from _libraries(installed)


def _libraries(folder: Path) -> list[Path]:
    """What each Python names after itself, though it serves them all."""
    return sorted(folder.glob("_kernels*.so"))


def _spread(work: Callable[[int, int], None], texts: int) -> None:
    """Do all texts, in as many threads as torch may use: the lock of Python is free while a kernel runs."""
    threads = min(torch.get_num_threads(), -(-texts // APART))
    if threads <= 1:
        work(0, texts)
        return
    bounds = [texts * part // threads for part in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, bounds, bounds[1:]))

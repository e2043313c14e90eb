"""How a process that labels part after part treats its memory."""

import ctypes
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

# glibc's mallopt(3): how much freed memory is kept for the next part, and from which size on a piece goes back at once
M_TRIM_THRESHOLD, KEPT_BYTES = -1, 256 << 20
M_MMAP_THRESHOLD, LARGE_BYTES = -3, 32 << 20

WHOLE, _parts = 64, count(1)  # parts from one look at all that lives to the next

TUNABLES, HUGE_PAGES = "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"  # madvise(2) for transparent huge pages


def ask_for_huge_pages() -> None:
    """Processes started from now on take their memory in huge pages, where glibc (2.35) and the kernel offer them.

    Undoing bzip2 jumps about in megabytes, and spends much of its time on where small pages lie. What the environment
    says of malloc's pages already stays.
    """
    given = [one for one in os.environ.get(TUNABLES, "").split(":") if one]
    if not any(one.startswith("glibc.malloc.hugetlb=") for one in given):
        os.environ[TUNABLES] = ":".join([*given, HUGE_PAGES])


def keep_calm() -> None:
    """As `calm_collector`, for as long as the process lives; what one part has freed is kept for the next.

    Given back and asked for anew, page by page, it kept a worker in the kernel for a tenth of its time.
    """
    with suppress(AttributeError, OSError):  # no glibc
        libc = ctypes.CDLL(None)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
    _stop_collecting()


@contextmanager
def calm_collector() -> Iterator[None]:
    """Let Python's cycle collector run between parts only (see `collect_between_parts`).

    A part is some hundred thousand objects without a cycle among them; looking through them again and again takes more
    than half of the reader's time.
    """
    _stop_collecting()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def collect_between_parts() -> None:
    """Look for cycles among what the last parts have made; what outlives two of them is looked through once in 64.

    That is what is remembered of words and texts, which took a thirtieth of a worker's time.
    """
    gc.collect(1 if next(_parts) % WHOLE else 2)


def _stop_collecting() -> None:
    gc.collect()
    gc.freeze()
    gc.disable()

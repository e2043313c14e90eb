"""Ctrl-C, the same for every command that may take long."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from emotion.errors import is_interrupt


@contextmanager
def stoppable(left: Callable[[], str] | str = "") -> Iterator[None]:
    """End the command with status 130 on Ctrl-C, and say what is left and how to go on."""
    try:
        yield
    except BaseException as error:
        if not is_interrupt(error):
            raise
        said = left if isinstance(left, str) else left()
        print(f"emotion: stopped{said and f'; {said}'}", file=sys.stderr)
        raise typer.Exit(130) from None

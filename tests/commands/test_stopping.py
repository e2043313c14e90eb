"""Ctrl-C ends a long command with one sentence, whatever a library makes of it."""

import pickle
from typing import Any

import pytest
import typer
from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer

from emotion.commands.stopping import stoppable


class _Interrupted(BaseModel):
    """Stands for a library that is interrupted in a callback."""

    @model_serializer(mode="wrap")
    def _written(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        raise KeyboardInterrupt


def _ctrl_c() -> None:
    raise KeyboardInterrupt


def _in_a_serialiser() -> None:
    _Interrupted().model_dump()


def _while_failing() -> None:
    try:
        raise KeyboardInterrupt
    finally:
        pickle.loads(b"")


@pytest.mark.parametrize("happen", [_ctrl_c, _in_a_serialiser, _while_failing])
def test_ctrl_c_is_one_sentence_and_status_130(happen: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left, stoppable("nothing was written"):
        happen()
    assert left.value.exit_code == 130
    assert capsys.readouterr().err == "emotion: stopped; nothing was written\n"


def test_what_is_left_is_looked_up_when_it_happens(capsys: pytest.CaptureFixture[str]) -> None:
    left: list[str] = []

    def train() -> None:
        left.append("one epoch")
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit), stoppable(left.pop):
        train()
    assert capsys.readouterr().err == "emotion: stopped; one epoch\n"


def test_other_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError), stoppable():
        _ = 1 / 0

import socket
import threading
from contextlib import closing

import pytest

from emotion.cluster import head
from emotion.cluster.head import watch_head
from emotion.threads import beside


def test_a_head_that_does_not_answer_any_more_is_a_sentence_said_once(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(head, "EVERY_SECONDS", 0.02)
    monkeypatch.setattr(head, "SILENT_SECONDS", 0.2)
    pause = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with beside(lambda stop: watch_head(address, stop), "head"):
            pause.wait(0.5)
            assert capfd.readouterr().err == ""
            assert not head.AWAY.is_set()
            server.close()
            pause.wait(1)
            assert head.AWAY.is_set()
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith(f"emotion: The head of the Ray cluster, {address}, does not answer any more.")

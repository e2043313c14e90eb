"""The socket that the API listens at."""

import select
import socket
from contextlib import closing, suppress

import pytest

from emotion.errors import UsageError
from emotion.serving import listening


def test_a_port_in_use_is_a_sentence() -> None:
    with listening.listen("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(UsageError, match=r"Nothing can listen at 127\.0\.0\.1"):
            listening.listen("127.0.0.1", first.getsockname()[1])


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no such time limit")
def test_a_connection_whose_other_side_takes_nothing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_STALLED_SECONDS", 1)
    with listening.listen("127.0.0.1", 0) as server:
        server.listen()
        with socket.create_connection(server.getsockname()), closing(server.accept()[0]) as answering:
            answering.setblocking(False)
            with suppress(BlockingIOError):  # when it holds no more
                while True:
                    answering.send(bytes(1 << 20))
            poll = select.poll()
            poll.register(answering, 0)
            assert poll.poll(60_000)
            assert answering.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0

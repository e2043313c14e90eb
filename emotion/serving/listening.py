"""Where the API is to listen: whether it can, said before anything starts."""

import socket

from emotion.errors import UsageError

_STALLED_SECONDS = 120  # longer than an answer of which nothing is taken is waited for


def listen(host: str, port: int) -> socket.socket:
    """A socket that is bound there; port 0 takes a free one.

    Where the system can do it, a connection ends whose other side takes nothing that was sent for two minutes: to close
    one waits for that.

    Raises:
        UsageError: nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # by which asyncio knows to send at once
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * _STALLED_SECONDS)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise UsageError(
            f"Nothing can listen at {host}, port {port}: {error.strerror}. Choose another --port."
        ) from None
    return found

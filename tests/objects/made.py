"""A local server that speaks S3, and buckets on it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Self

import httpx
import obstore
import pytest

from emotion.objects.bucket import client


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server of this process."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


class Bucket:
    """A bucket that is there."""

    def __init__(self, name: str) -> None:
        self.address = f"s3://{name}"

    @classmethod
    def made(cls, server: str, monkeypatch: pytest.MonkeyPatch, test: str) -> Self:
        """A bucket named for a test."""
        settings = {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "REGION": "us-east-1", "ALLOW_HTTP": "true"}
        for key, value in (settings | {"ENDPOINT_URL": server}).items():
            monkeypatch.setenv(f"AWS_{key}", value)
        name = f"{re.sub('[^a-z]+', '-', test)[:40]}-{blake2b(test.encode(), digest_size=4).hexdigest()}"
        httpx.put(f"{server}/{name}").raise_for_status()
        return cls(name)

    def put(self, key: str, content: bytes) -> str:
        """The address of an object with this content."""
        obstore.put(client(self.address), key, content)
        return f"{self.address}/{key}"

    def fill(self, contents: dict[str, bytes]) -> None:
        """Many objects, given to the server of this process without a request each."""
        from moto.s3.models import s3_backends

        backend = s3_backends["123456789012"]["aws"]
        for key, content in contents.items():
            backend.put_object(self.address.removeprefix("s3://"), key, content)

"""A small proxy before a real server: it speaks TLS and lets in who brings the right key or password."""

import http.client
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import trustme

API_KEY = "aWQ6a2V5"
USER, PASSWORD = "otter", "s3cret-w0rd"
_ALLOWED = {f"ApiKey {API_KEY}", f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"}
_DENIED = b'{"error": {"type": "security_exception", "reason": "missing authentication credentials"}, "status": 401}'


@contextmanager
def guarded(server: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """The address of the proxy, and the file of the certificate that signs its own."""
    authority = trustme.CA()
    certificate = folder / "ca.pem"
    authority.cert_pem.write_to_path(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), _handler(urlsplit(server).netloc))
    proxy.socket = context.wrap_socket(proxy.socket, server_side=True)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{proxy.server_port}", certificate
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()


def _handler(behind: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") not in _ALLOWED:
                self._say(401, {"Content-Type": "application/json", "X-Elastic-Product": "Elasticsearch"}, _DENIED)
                return
            connection = http.client.HTTPConnection(behind, timeout=60)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            self._say(answer.status, dict(answer.getheaders()), answer.read())
            connection.close()

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass_on

        def log_message(self, *_: object) -> None:
            pass

    return Handler

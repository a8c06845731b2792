"""A server that answers what a test tells it to: proxies, outages, strangers; the portal itself never plays them."""

import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}


class Reply(NamedTuple):
    status: int
    headers: dict[str, str] = HTML
    body: bytes = b"<h1>?</h1>"


# The line drops before an answer.
HANG_UP = Reply(0)


class Scripted(ThreadingHTTPServer):
    """``replies`` in their order, the last one again and again; ``asked`` collects the headers of each request."""

    def __init__(self, replies: list[Reply]):
        self.replies, self.asked = replies, []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Scripted

    def do_GET(self) -> None:
        self.server.asked.append(dict(self.headers))
        reply = self.server.replies[min(len(self.server.asked), len(self.server.replies)) - 1]
        if reply is HANG_UP:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_words) -> None:
        """Not into the test's output."""


@contextlib.contextmanager
def scripted(*replies: Reply) -> Iterator[Scripted]:
    with Scripted(list(replies)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()

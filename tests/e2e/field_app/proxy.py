"""A bad network between phone and server: a proxy that does to an exchange what a test tells it to."""

import contextlib
import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SYNC = "/api/v1/sync/"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
# Closing with this sends RST instead of FIN: what a phone sees when the radio or a middle box gives up.
RESET = struct.pack("ii", 1, 0)


class Gone(Exception):
    """The connection is no more."""


class Exchange:
    """One request of the phone; a fault decides what becomes of it."""

    def __init__(self, handler: "Handler", body: bytes):
        self.handler, self.body = handler, body

    def forward(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """The server hears it, and does its work. Its answer is in our hands."""
        server = urlsplit(self.handler.server.upstream)
        with contextlib.closing(http.client.HTTPConnection(server.hostname, server.port, timeout=30)) as connection:
            headers = {k: v for k, v in self.handler.headers.items() if k.lower() not in HOP_BY_HOP}
            connection.request(self.handler.command, self.handler.path, self.body or None, headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, length: int | None = None) -> None:
        self.handler.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.handler.send_header(name, value)
        if status not in (204, 304):
            self.handler.send_header("Content-Length", str(len(body) if length is None else length))
        self.handler.end_headers()
        if self.handler.command != "HEAD":
            self.handler.wfile.write(body)

    def reset(self) -> None:
        self.handler.wfile.flush()
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.handler.connection.close()
        raise Gone


type Fault = Callable[[Exchange], None]


# --- faults -----------------------------------------------------------------------------------------------------------
def pass_on(exchange: Exchange) -> None:
    exchange.answer(*exchange.forward())


def drop_answer(exchange: Exchange) -> None:
    """The server has committed; the phone never hears of it."""
    exchange.forward()
    exchange.reset()


def reset_before(exchange: Exchange) -> None:
    """The connection breaks before the server has heard anything."""
    exchange.reset()


def half_answer(exchange: Exchange) -> None:
    """Committed; the connection breaks in the middle of the answer."""
    status, headers, body = exchange.forward()
    exchange.answer(status, headers, body[: len(body) // 2], length=len(body))
    exchange.reset()


def empty_answer(exchange: Exchange) -> None:
    """Committed; a middle box says 200 with nothing in it."""
    exchange.forward()
    exchange.answer(200, [("Content-Type", "application/json")], b"")


def deliver_twice(exchange: Exchange) -> None:
    """A middle box sends the request again; the phone hears of the second time only."""
    exchange.forward()
    pass_on(exchange)


def portal_page(exchange: Exchange) -> None:
    """Somebody's free Wi-Fi: 200, and a page that asks for a click."""
    exchange.answer(200, [("Content-Type", "text/html")], b"<!doctype html><title>Wi-Fi</title>")


def page_of(status: int) -> Fault:
    """What a server in front of ours says, without asking ours."""
    page = f"<html><h1>{status}</h1></html>".encode()
    return lambda exchange: exchange.answer(status, [("Content-Type", "text/html")], page)


def at_most(size: int) -> Fault:
    """A gateway that refuses what is larger."""
    too_large = page_of(413)
    return lambda exchange: (too_large if len(exchange.body) > size else pass_on)(exchange)


# --- the proxy --------------------------------------------------------------------------------------------------------
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Proxy"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.server.fault_for(self.command, self.path)(Exchange(self, body))
        except (Gone, ConnectionError, TimeoutError):
            self.close_connection = True

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - names of http.server

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # it may be reset already
            super().finish()

    def log_message(self, *_arguments) -> None:
        """Nothing on the screen of the tests."""


class Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream: str):
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream, self.url = upstream, f"http://localhost:{self.server_port}"
        self.heard: list[tuple[str, str]] = []
        self.next: list[Fault] = []
        self.lasting: Fault = pass_on
        self.lock = threading.Lock()

    def meets(self, *faults: Fault) -> None:
        """The next batches meet these, one after another; later ones pass."""
        with self.lock:
            self.next += faults

    def lasts(self, fault: Fault) -> None:
        """Every batch meets this, until the next call."""
        self.lasting = fault

    def fault_for(self, method: str, path: str) -> Fault:
        with self.lock:
            self.heard.append((method, path))
            if (method, path) != ("POST", SYNC):
                return pass_on
            return self.next.pop(0) if self.next else self.lasting

    @property
    def posts(self) -> int:
        """Batches that a phone (or its browser, of itself) has sent."""
        return self.heard.count(("POST", SYNC))

    def handle_error(self, *_arguments) -> None:
        """A phone that goes away in mid-answer is nothing to print."""


@contextlib.contextmanager
def proxy_before(upstream: str) -> Iterator[Proxy]:
    with Proxy(upstream) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()

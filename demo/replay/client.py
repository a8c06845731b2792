"""A phone's connection to the intake: keeps it open, waits with patience, asks again, and gives up in the end."""

import http.client
import json
import random
import time
from urllib.parse import urlencode, urlsplit

from django.core.management.base import CommandError

from demo.replay.ledger import Ledger

PATH = "/api/v1/sync/"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
TIMEOUT = 30
TRIES = 6
LONGEST_WAIT = 65


class GivenUp(Exception):
    """The portal did not answer as it should, whatever was tried."""


def loopback(url: str) -> tuple[str, int]:
    """Host and port of ``url``; refuses to send invented figures to another machine."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise CommandError(f"Chỉ phát lại vào máy này, không phải {url}. | Only this machine, not {url}.")
    return parts.hostname, parts.port or 80


class Phone:
    def __init__(self, url: str, device: str, key: str):
        self.host, self.port = loopback(url)
        self.device = device
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> "Phone":
        return self

    def __exit__(self, *error) -> None:
        self._hang_up()

    def send(self, items: list[dict]) -> list[dict]:
        """The portal's word on each item."""
        return self._patiently("POST", PATH, self._body(items))["items"]

    def send_unheard(self, items: list[dict]) -> None:
        """The whole batch goes out, and the line drops before the answer."""
        try:
            self._connected().request("POST", PATH, self._body(items), self.headers)
        except (OSError, http.client.HTTPException):
            pass  # the line dropped even earlier; nobody would know the difference
        finally:
            self._hang_up()

    def ledger(self, day: str) -> Ledger:
        """What the portal holds from this phone."""
        answer = self._patiently("GET", f"{PATH}ledger/?" + urlencode({"device": self.device, "day": day}))
        return Ledger(answer["count"], answer["digest"])

    def _body(self, items: list[dict]) -> bytes:
        return json.dumps({"device": self.device, "items": items}).encode()

    def _patiently(self, method: str, path: str, body: bytes | None = None) -> dict:
        why = ""
        for attempt in range(TRIES):
            try:
                status, wait, text = self._ask(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                self._hang_up()
                status, wait = 0, None
                why = f"không kết nối được tới http://{self.host}:{self.port}, cổng đã chạy chưa? ({error!r})"
            else:
                why = f"HTTP {status}: {text[:300]}"
            if status == 200:
                return json.loads(text)
            if status and status != 429 and status < 500:
                break
            time.sleep(min(wait or 0.2 * 2**attempt + random.random() / 5, LONGEST_WAIT))
        raise GivenUp(why)

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, float | None, str]:
        connection = self._connected()
        connection.request(method, path, body, self.headers)
        answer = connection.getresponse()
        wait = answer.headers.get("Retry-After", "")
        return answer.status, float(wait) if wait.isdigit() else None, answer.read().decode(errors="replace")

    def _connected(self) -> http.client.HTTPConnection:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT)
        return self.connection

    def _hang_up(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None

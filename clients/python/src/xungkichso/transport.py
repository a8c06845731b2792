"""HTTP with the portal: the key, tags, patience, and errors that have a name."""

import hashlib
import ipaddress
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from importlib.metadata import version
from platform import python_version
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from xungkichso._version import __version__
from xungkichso.cache import Cache, Kept
from xungkichso.errors import CannotConnect, NotThePortal, error_of

requests_version = version("requests")
USER_AGENT = f"xungkichso-python/{__version__} python/{python_version()} requests/{requests_version}"
# The portal (or a proxy before it) says “not now”; asking again can do no harm, since nothing here writes.
WORTH_ANOTHER_TRY = {429, 502, 503, 504}
FIRST_WAIT = 0.5


@dataclass(frozen=True)
class Reply:
    body: bytes
    headers: Mapping[str, str]
    etag: str
    # 304: the portal has said that what is held is right.
    is_held: bool = False

    @cached_property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise NotThePortal("Câu trả lời không phải JSON. | The answer is not JSON.") from error


class Bearer(AuthBase):
    """As ``auth``, not as a header: otherwise requests would put an entry of ~/.netrc in its place."""

    def __init__(self, token: str):
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def checked_url(url: str, *, allow_http: bool) -> str:
    """The portal's address without a slash at its end; refuses one over which a key would travel in the open."""
    parts = urlsplit(url)
    if (
        not parts.hostname
        or parts.scheme not in ("http", "https")
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise ValueError("Địa chỉ dạng https://tên-máy. | The address is like https://host.")
    if parts.scheme == "http" and not allow_http and not _is_this_machine(parts.hostname):
        raise ValueError(
            "Khóa không được đi qua http:// không mã hóa; dùng https://, hoặc allow_http=True trong mạng riêng tin cậy."
            " | A key must not travel over plain http://; use https://, or allow_http=True in a network you trust."
        )
    return url.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Transport:
    def __init__(
        self,
        url: str,
        token: str,
        *,
        cache: Cache | None,
        language: str,
        timeout: tuple[float, float],
        tries: int,
        longest_wait: float,
        allow_http: bool,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.url = checked_url(url, allow_http=allow_http)
        self.cache, self.timeout, self.tries, self.longest_wait = cache, timeout, tries, longest_wait
        self._sleep = sleep
        # Two keys may share a folder of answers: each finds its own. The digest cannot be turned back into the key.
        self._owner = hashlib.sha256(token.encode()).hexdigest()
        self._language = language
        self.session = requests.Session()
        self.session.auth = Bearer(token)
        self.session.headers.update({"User-Agent": USER_AGENT, "Accept-Language": language})

    def get(self, path: str, params: Mapping[str, str], *, accept: str, held: Reply | None = None) -> Reply:
        """The answer of ``path``; without a transfer if ``held`` or what the cache has is still right."""
        address = f"{self.url}/api/v1/{path}"
        if params:
            address += "?" + urlencode(params, safe=",@:")
        key = hashlib.sha256("\n".join((self._owner, self._language, accept, address)).encode()).hexdigest()
        kept = self.cache.get(key) if self.cache and held is None else None
        known = held or (kept and Reply(kept.body, CaseInsensitiveDict(kept.headers), kept.etag))
        headers = {"Accept": accept} | ({"If-None-Match": known.etag} if known and known.etag else {})
        response = self._patiently(address, headers)
        if response.status_code == 304 and known:
            return Reply(known.body, known.headers, known.etag, is_held=True)
        if response.status_code != 200:
            raise _refusal(response)
        etag = response.headers.get("ETag", "")
        reply = Reply(response.content, response.headers, etag)
        if self.cache and etag and "no-store" not in response.headers.get("Cache-Control", ""):
            self.cache.put(key, Kept(etag, _worth_keeping(reply.headers), reply.body))
        return reply

    def _patiently(self, address: str, headers: Mapping[str, str]) -> requests.Response:
        for attempt in range(1, self.tries + 1):
            wait = FIRST_WAIT * 2 ** (attempt - 1) * (1 + random.random())  # noqa: S311 - so that many do not come back at once
            try:
                # A redirect is not followed: it may lead to where the key should not go.
                response = self.session.get(address, headers=headers, timeout=self.timeout, allow_redirects=False)
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                if attempt == self.tries:
                    raise CannotConnect(f"Không kết nối được tới {self.url}. | No answer from {self.url}.") from error
            else:
                asked = retry_after(response)
                wait = wait if asked is None else asked
                if response.status_code not in WORTH_ANOTHER_TRY or attempt == self.tries or wait > self.longest_wait:
                    return response
            self._sleep(min(wait, self.longest_wait))
        raise AssertionError("the last try has returned or raised")  # pragma: no cover


def retry_after(response: requests.Response) -> float | None:
    """Seconds, whichever of its two forms ``Retry-After`` has."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _refusal(response: requests.Response) -> Exception:
    if response.is_redirect:
        host = urlsplit(response.headers["Location"]).netloc
        return NotThePortal(f"Địa chỉ này chuyển sang {host}; hãy dùng địa chỉ ấy. | It redirects to {host}; use that.")
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    is_problem = isinstance(problem, dict) and "code" in problem
    if not is_problem and response.status_code < 500 and response.status_code != 429:
        return NotThePortal(
            f"Nơi trả lời không phải cổng. | This is not the portal's answer. (HTTP {response.status_code})"
        )
    return error_of(response.status_code, problem if is_problem else {}, retry_after(response))


def _worth_keeping(headers: Mapping[str, str]) -> dict[str, str]:
    """What describes the content; cookies, dates and the server's name do not."""
    return {
        name: value
        for name, value in headers.items()
        if name.lower().startswith(("content-type", "content-disp", "stats-"))
    }

"""Debian's own Firefox, driven through Marionette: Playwright's builds of Firefox are in no package registry."""

import contextlib
import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.services import free_port

NAMES = ("firefox-esr", "firefox")
PREFERENCES = {
    # Without this, "offline" leaves out this very machine.
    "network.disable-localhost-when-offline": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.startup.page": 0,
    "toolkit.startup.max_resumed_crashes": -1,
}
ANSWER = "const done = arguments[arguments.length - 1]; (async (...given) => {%s})(...arguments).then(done);"


def find_firefox() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class Firefox:
    """A profile on the disk and, most of the time, a browser on it."""

    def __init__(self, profile: Path, url: str):
        self.profile, self.url = profile, url
        profile.mkdir(exist_ok=True)
        self.start()

    def start(self) -> "Firefox":
        port = free_port()
        preferences = PREFERENCES | {"marionette.port": port}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
        (self.profile / "user.js").write_text("\n".join(lines))
        command = [find_firefox(), "--headless", "--no-remote", "--marionette", "--remote-allow-system-access"]
        command += ["--profile", str(self.profile), "about:blank"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket = self._connect(port)
        self.number = 0
        self._read()  # what it says of itself
        self._ask("WebDriver:NewSession", capabilities={"alwaysMatch": {"pageLoadStrategy": "eager"}})
        self._ask("WebDriver:SetTimeouts", script=120_000, pageLoad=60_000)
        return self

    def _connect(self, port: int) -> socket.socket:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                connection = socket.create_connection(("127.0.0.1", port), timeout=1)
                connection.settimeout(150)
                return connection
            time.sleep(0.1)
        raise AssertionError("Firefox does not answer")

    def _read(self):
        length = b""
        while (byte := self.socket.recv(1)) != b":":
            assert byte, "Firefox has gone"
            length += byte
        body = b""
        while len(body) < int(length):
            body += self.socket.recv(int(length) - len(body))
        return json.loads(body)

    def _ask(self, command: str, **given):
        self.number += 1
        message = json.dumps([0, self.number, command, given]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _kind, _number, error, answer = self._read()
        assert error is None, error
        return answer.get("value") if isinstance(answer, dict) else answer

    # --- what a person does ------------------------------------------------------------------------------------------
    def run(self, script: str, *given):
        """The answer of an async function's body in the page."""
        return self._ask("WebDriver:ExecuteAsyncScript", script=ANSWER % script, args=list(given))

    def open(self, path: str = "/field/") -> "Firefox":
        self._ask("WebDriver:Navigate", url=self.url + path)
        return self.sees("html[data-ready]")

    def reload(self) -> "Firefox":
        self._ask("WebDriver:Refresh")
        return self.sees("html[data-ready]")

    def sees(self, selector: str, text: str = "") -> "Firefox":
        self.until(
            "return [...document.querySelectorAll(given[0])].some((e) => e.textContent.includes(given[1]));",
            selector,
            text,
        )
        return self

    def tap(self, text: str) -> "Firefox":
        script = """const buttons = [...document.querySelectorAll("button")];
          const found = buttons.find((e) => e.textContent.trim() === given[0]);
          found?.click();
          return !!found;"""
        self.until(script, text)
        return self

    def until(self, script: str, *given, seconds: float = 60):
        deadline = time.monotonic() + seconds
        while not (found := self.run(script, *given)):
            assert time.monotonic() < deadline, (given, self.run("return document.body.innerText;"))
            time.sleep(0.1)
        return found

    def take_cookie(self, name: str, value: str) -> "Firefox":
        self._ask("WebDriver:Navigate", url=self.url + "/field/manifest.webmanifest")
        self._ask("WebDriver:AddCookie", cookie={"name": name, "value": value, "path": "/"})
        return self

    def offline(self, is_offline: bool = True) -> "Firefox":
        self._ask("Marionette:SetContext", value="chrome")
        self._ask("WebDriver:ExecuteScript", script="Services.io.offline = arguments[0];", args=[is_offline])
        self._ask("Marionette:SetContext", value="content")
        return self

    def kill(self) -> None:
        """-9, in the middle of whatever it is at."""
        self.process.kill()
        self.process.wait(20)
        self.socket.close()
        for left in ("lock", ".parentlock"):
            (self.profile / left).unlink(missing_ok=True)

"""What can go wrong. Programs go by the class, or by ``code``, which never changes; ``str()`` is for a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class XungKichSoError(Exception):
    """Every error of this package."""


class CannotConnect(XungKichSoError):
    """No answer: the portal is down, the address is wrong, or the network is."""


class NotThePortal(XungKichSoError):
    """Something answered, but not as the portal does: a proxy's page, a redirect, another site."""


class FiguresMoved(XungKichSoError):
    """An answer of several pages changed at each reading. Ask for less at once, or again when it is quieter."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the question: ``parameter`` names it, ``detail`` says what would be allowed."""

    code: str
    detail: str
    parameter: str = ""


class PortalError(XungKichSoError):
    """The portal refused: problem details (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any], *, retry_after: float | None = None):
        self.status = status
        self.code = str(problem.get("code") or "")
        self.title = str(problem.get("title") or f"HTTP {status}")
        self.detail = str(problem.get("detail") or "")
        # What to quote to the operator of the portal.
        self.request_id = str(problem.get("request_id") or "")
        # Seconds to wait, where the portal said so.
        self.retry_after = retry_after
        self.faults = [
            Fault(str(each.get("code", "")), str(each.get("detail", "")), str(each.get("parameter", "")))
            for each in problem.get("errors") or []
        ]
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        faults = [f"{fault.parameter}: {fault.detail}" if fault.parameter else fault.detail for fault in self.faults]
        number = f" [{self.request_id}]" if self.request_id else ""
        return f"{self.title}. {' '.join(faults) or self.detail} (HTTP {self.status} {self.code}){number}"


class BadQuestion(PortalError):
    """400: ``faults`` names each parameter that is wrong."""


class NotSignedIn(PortalError):
    """401: no key, or one that has ended or was taken back."""


class NotAllowed(PortalError):
    """403: the key is good, but not for this."""


class NotFound(PortalError):
    """404: there is no such unit, or it is not yours to see: the portal does not tell which."""


class Throttled(PortalError):
    """429, still after all tries: ``retry_after`` says how long to wait."""


class Unavailable(PortalError):
    """5xx: a fault of the portal's, or it is being looked after."""


_BY_STATUS: dict[int, type[PortalError]] = {
    400: BadQuestion,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    429: Throttled,
}


def error_of(status: int, problem: Mapping[str, Any], retry_after: float | None) -> PortalError:
    kind = _BY_STATUS.get(status, Unavailable if status >= 500 else PortalError)
    return kind(status, problem, retry_after=retry_after)

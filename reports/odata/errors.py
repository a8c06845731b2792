"""What the feed cannot do, in words for a person; the shape of OData's own errors around the portal's problems."""

import json

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.problems import CONTENT_TYPE

JSON = "application/json;odata.metadata=minimal;charset=utf-8"


class BadOption(DomainError):
    """Something is wrong with this option of the request."""

    code = "invalid_option"
    status = 400

    def __init__(self, option: str, message, code: str | None = None):
        super().__init__(message, code=code)
        self.target = option


class NotSupported(DomainError):
    """Right OData, but beyond what this feed answers: 501, as the protocol wants it."""

    code = "not_implemented"
    status = 501

    def __init__(self, what: str):
        message = _("Nguồn OData này chưa hỗ trợ “%(what)s”. Hãy lọc và tổng hợp phần đó trong Excel hoặc Power BI.")
        super().__init__(message % {"what": what})
        self.target = what


class NoResource(DomainError):
    code = "not_found"
    status = 404

    def __init__(self):
        super().__init__(_("Không có bảng hoặc dòng này trong nguồn OData; xem danh sách ở địa chỉ gốc của nguồn."))


def as_odata(response: HttpResponse, target: str | None = None) -> HttpResponse:
    """A problem of the portal, said as OData says it; status, code and sentence stay."""
    if response.headers.get("Content-Type") != CONTENT_TYPE:
        return response
    problem = json.loads(response.content)
    error = {"code": problem["code"], "message": problem["detail"]}
    faults = [
        {"code": fault["code"], "target": fault.get("parameter", ""), "message": fault["detail"]}
        for fault in problem.get("errors", ())
    ]
    if faults:
        # Excel shows the message and nothing else.
        error["message"] = "; ".join(f"{fault['target']}: {fault['message']}" for fault in faults)
        target = target or faults[0]["target"]
    error |= ({"target": target} if target else {}) | ({"details": faults} if faults else {})
    body = json.dumps({"error": error}, ensure_ascii=False)
    made = HttpResponse(body, status=response.status_code, content_type=JSON)
    for name in ("WWW-Authenticate", "Retry-After", "Cache-Control", "Allow"):
        if name in response.headers:
            made.headers[name] = response.headers[name]
    return made

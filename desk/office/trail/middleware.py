"""After the answer stands: who was shown what (``looks``)."""

import structlog

from desk.office.trail.looks import looks_of, tell

logger = structlog.get_logger(__name__)


class AccessLog:
    """Inside the request's log, so that both carry one request id."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        try:
            looks = looks_of(request, response)
            if looks:
                _tell_of(looks, response)
        except Exception:  # a reader is never kept from reading by what is written about it; a person has to look
            logger.exception("look_failed", path=request.path)
        return response


def _tell_of(looks: list[dict], response) -> None:
    """How much was handed out is known once it is: of a stream, at its end."""
    if looks[0]["action"] != "core.file_taken":
        tell(looks)
    elif not response.streaming:
        tell(looks, **_size(response.content, response))
    elif hasattr(response, "file_to_stream"):
        tell(looks, bytes=int(response.headers.get("Content-Length") or 0))
    else:
        response.streaming_content = _counted(response.streaming_content, looks, response)


def _size(content: bytes, response) -> dict:
    if _is_csv(response):
        return {"rows": max(content.count(b"\n") - 1, 0), "bytes": len(content)}
    return {"bytes": len(content)}


def _is_csv(response) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/csv")


def _counted(pieces, looks: list[dict], response):
    lines = size = 0
    try:
        for piece in pieces:
            lines, size = lines + piece.count(b"\n"), size + len(piece)
            yield piece
    finally:
        told = {"rows": max(lines - 1, 0)} if _is_csv(response) else {}
        tell(looks, **told, bytes=size)

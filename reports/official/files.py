"""The files of issued reports: in the media folder, known by their digest; made again from the text if lost."""

import os
import shutil
from pathlib import Path

import structlog
from django.conf import settings

from core.files import make_durable, safe_name
from reports.official.content import Report, Verification
from reports.official.frozen import digest_of, thaw
from reports.official.models import FileFormat, ReportFile, ReportIssue

logger = structlog.get_logger(__name__)
TYPES = {
    FileFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileFormat.PDF: "application/pdf",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def render(report: Report, form: str, template: bytes | None = None) -> bytes:
    # The typesetter and the office formats are heavy, and only workers need them.
    from reports.official import layouts  # noqa: PLC0415

    if form == FileFormat.DOCX:
        return layouts.render_docx(report, template)
    return layouts.render_pdf(report) if form == FileFormat.PDF else layouts.render_xlsx(report)


def folder_of(code: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "reports" / code


def store(code: str, form: str, data: bytes) -> tuple[str, int]:
    """Whole or not at all, and there after a power cut. Its digest and size."""
    folder = folder_of(code)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    half, whole = folder / f"{form}.half", folder / form
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    half.replace(whole)
    make_durable(whole)
    make_durable(folder)
    return digest_of(data), len(data)


def discard(code: str) -> None:
    """Of a report that was not issued."""
    shutil.rmtree(folder_of(code), ignore_errors=True)


def read(file: ReportFile) -> bytes:
    """As it was issued; if the disk has lost or changed it, made again from the frozen report."""
    try:
        data = (folder_of(file.issue.code) / file.format).read_bytes()
    except FileNotFoundError:
        data = b""
    if digest_of(data) == file.digest:
        return data
    logger.error("report_file_damaged", issue=file.issue_id, format=file.format, size=len(data))
    return remade(file.issue, file.format)


def remade(issue: ReportIssue, form: str) -> bytes:
    """The same words and figures; its bytes may differ from those of the day of issue."""
    return render(as_issued(issue), form, bytes(issue.template.data) if issue.template else None)


def as_issued(issue: ReportIssue) -> Report:
    return thaw(issue.content, Verification(issue.url, issue.digest))


def name_of(subject: str, version: int | None, form: str) -> str:
    """As people find it again in their downloads; ``version`` None: a draft."""
    last = "bản nháp" if version is None else f"bản {version}"
    return f"{safe_name(f'Báo cáo {subject}'.replace('/', '-'), 100)} - {last}.{form}"

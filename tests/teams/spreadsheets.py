"""Files as staff make them, and their way through the pages and the hands of a worker."""

import io

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.ids import uuid7
from core.jobs import running
from teams.models import ImportRun

UNITS = ("Mã đơn vị", "Tên đơn vị", "Loại đơn vị", "Khối", "Mã đơn vị cấp trên", "Hiệu lực từ ngày")
TEAMS = ("Mã đội hình", "Tên đội hình", "Loại đội hình", "Mã đơn vị", "Hiệu lực từ ngày")
VOLUNTEERS = ("Mã tình nguyện viên", "Họ và tên", "Mã đơn vị")
SQUAD = "Tổ thanh niên xung kích"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(headers, *rows, title="Dữ liệu") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in (headers, *rows):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def csv_file(headers, *rows, separator=",", encoding="utf-8-sig") -> bytes:
    return "\r\n".join(separator.join(row) for row in (headers, *rows)).encode(encoding)


def rows_of(content: bytes) -> list[list]:
    """The first sheet, header and all."""
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]


def upload(client, model: str, content: bytes, name: str = "danh-sach.xlsx"):
    """The page of the file, once a worker has checked it; or the form, where the file was refused at once."""
    return upload_to(client, reverse("imports:new", args=[f"{model}s"]), content, name)


def upload_to(client, address: str, content: bytes, name: str = "danh-sach.xlsx", key=None):
    file = SimpleUploadedFile(name, content, content_type=XLSX_TYPE)
    answer = client.post(address, {"file": file, "key": key or uuid7()})
    return worked(client, run_of(answer)) if answer.status_code == 302 else answer


def run_of(answer) -> ImportRun:
    return ImportRun.objects.get(pk=int(answer["Location"].strip("/").split("/")[-1]))


def worked(client, run: ImportRun):
    """The page of the file after a worker has done what there was to do."""
    run.refresh_from_db()
    if run.job.is_open:
        running.run(run.job_id)
    return client.get(reverse("imports:run", args=[run.pk]))


def press(client, step: str, page):
    """Press a button of the page, with what its form carries; the page after a worker has done it."""
    run, hidden = page.context["run"], {}
    if step == "confirm" and run.digest:
        hidden["shown"] = run.digest
    answer = client.post(reverse(f"imports:{step}", args=[run.pk]), hidden)
    return worked(client, run) if answer.status_code == 302 else answer


def confirm(client, model: str, page):
    return press(client, "confirm", page)


def bad_rows(client, model: str, page):
    """Fetch the file of the rows that were found bad."""
    return client.post(reverse("imports:bad_rows", args=[page.context["run"].pk]))


def take_in(client, model: str, content: bytes, name: str = "danh-sach.xlsx"):
    """Upload and confirm; the page where that ends."""
    return confirm(client, model, upload(client, model, content, name))


def complaints(page) -> dict[int, dict[str, str]]:
    """``{line: {column: what the page says}}`` of the preview."""
    return {
        row.line: {cell.column: " ".join(cell.messages) for cell in row.cells}
        for row in page.context["preview"].bad_rows
    }


def counts(page) -> dict[str, int]:
    return page.context["preview"].counts


def refusal(page) -> str:
    """Why the file as a whole was not read."""
    errors = page.context["form"].errors.get("file") if "form" in page.context else None
    return " ".join(errors) if errors else " ".join(page.context["preview"].problems)


def notices(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def export(client, model: str, app: str = "teams", file_format: str = "0", query: str = ""):
    return client.post(f"{reverse(f'admin:{app}_{model}_export')}{query}", {"format": file_format, "resource": "0"})

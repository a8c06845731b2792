"""Files as staff make them, and their way through the pages of the admin."""

import html
import io
import re

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

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
    """The preview page."""
    file = SimpleUploadedFile(name, content, content_type=XLSX_TYPE)
    return client.post(reverse(f"admin:teams_{model}_import"), {"import_file": file, "resource": "0"})


def confirm(client, model: str, page):
    """Press the button of the preview page, with the hidden fields that its form carries."""
    return _press(client, reverse(f"admin:teams_{model}_process_import"), page)


def bad_rows(client, model: str, page):
    """Fetch the file of the rows that were found bad."""
    return _press(client, reverse(f"admin:teams_{model}_import_bad_rows"), page)


def _press(client, action: str, page):
    form = re.search(rf'<form[^>]*action="{action}".*?</form>', page.text, re.DOTALL)
    hidden = re.findall(r'<input type="hidden" name="([\w-]+)"(?: value="([^"]*)")?', form.group())
    return client.post(action, {name: html.unescape(value) for name, value in hidden}, follow=True)


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
    errors = page.context["form"].errors.get("import_file")
    return " ".join(errors) if errors else " ".join(page.context["preview"].problems)


def notices(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def export(client, model: str, app: str = "teams", file_format: str = "0", query: str = ""):
    return client.post(f"{reverse(f'admin:{app}_{model}_export')}{query}", {"format": file_format, "resource": "0"})

"""Spreadsheet files as rows of text, and lists as spreadsheet files.

Whatever a file is (broken, locked, huge, made to do harm), reading it ends in rows or in a sentence that says what to
do. Nothing in a file that is written here is ever taken for a formula.
"""

import csv
import datetime as dt
import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence

import openpyxl
import tablib
import xlsxwriter
from django.utils.translation import gettext as _
from import_export.formats.base_formats import CSV, XLSX

from core.errors import DomainError
from core.vietnamese import fold
from teams.imports.cells import as_text

MOST_BYTES = 10 * 1024 * 1024
# A worker's half minute, in one transaction; the embedded database takes no other writer in that time.
MOST_ROWS = 20_000
MOST_ROWS_TEXT = f"{MOST_ROWS:,}".replace(",", ".")
MOST_COLUMNS = 60
# Unpacked, an honest workbook of that many rows has some ten megabytes; a zip bomb has gigabytes.
MOST_UNPACKED = 100 * 1024 * 1024
MOST_PARTS = 300
# Rows that were only coloured do not count, but content this far down is a slip that must not be lost in silence.
LAST_LINE = 60_000
DATA_SHEET = "Dữ liệu"
NAVY, PALE = "#0b3c7d", "#e8f0fb"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARKUP = re.compile(rb"<[^>]*>")


class UnreadableFile(DomainError):
    code = "unreadable_file"


class SheetData(tablib.Dataset):
    """Rows with content; ``lines`` are their numbers as Excel shows them."""

    lines: list[int]


class ExcelFile(XLSX):
    def create_dataset(self, in_stream):
        return _sheet_data(_rows_of_workbook(in_stream))

    def export_data(self, dataset, **kwargs):
        return write_workbook(dataset)


class CsvFile(CSV):
    """Written with a byte order mark, without which Excel garbles Vietnamese."""

    CONTENT_TYPE = "text/csv; charset=utf-8"

    def create_dataset(self, in_stream, **kwargs):
        return _sheet_data(_rows_of_csv(in_stream))

    def export_data(self, dataset, **kwargs):
        return "\ufeff" + dataset.export("csv")


FORMATS = (ExcelFile, CsvFile)


def format_number(upload) -> int:
    """The place in ``FORMATS`` of an uploaded file, told by its name, so that nobody is asked what a format is."""
    extensions = [each().get_extension() for each in FORMATS]
    extension = upload.name.rpartition(".")[2].lower()
    if extension not in extensions:
        raise UnreadableFile(_("Chỉ nhận tệp .xlsx hoặc .csv. Trong Excel, hãy chọn Lưu thành .xlsx."))
    if upload.size > MOST_BYTES:
        raise UnreadableFile(
            _("Tệp lớn hơn %(most)s MB. Hãy chia thành nhiều tệp, và bỏ hình ảnh nếu có.")
            % {"most": MOST_BYTES // 1024**2}
        )
    return extensions.index(extension)


# --- reading --------------------------------------------------------------------------------------------------------
def _sheet_data(rows: Iterable[tuple[int, Sequence]]) -> SheetData:
    headers: list[str] = []
    kept: list[list[str]] = []
    data = SheetData()
    data.lines = []
    for line, row in rows:
        cells = _without_empty_end([as_text(value) for value in row])
        if len(cells) > MOST_COLUMNS:
            raise UnreadableFile(_("Tệp có hơn %(most)s cột. Hãy dùng tệp mẫu.") % {"most": MOST_COLUMNS})
        if line == 1:
            headers = cells
        elif cells:
            _check_place(line, len(kept))
            kept.append(cells)
            data.lines.append(line)
    if not headers and kept:
        raise UnreadableFile(_("Dòng 1 phải là dòng tiêu đề. Hãy dùng tệp mẫu và giữ nguyên dòng đó."))
    if not kept:
        raise UnreadableFile(_("Tệp không có dòng dữ liệu nào. Hãy điền từ dòng 2 của trang đầu tiên."))
    width = max(len(cells) for cells in [headers, *kept])
    data.headers = headers + [""] * (width - len(headers))
    for cells in kept:
        data.append(cells + [""] * (width - len(cells)))
    return data


def _check_place(line: int, already: int) -> None:
    if already >= MOST_ROWS:
        raise UnreadableFile(_("Tệp có hơn %(most)s dòng. Hãy chia thành nhiều tệp.") % {"most": MOST_ROWS_TEXT})
    if line > LAST_LINE:
        raise UnreadableFile(_("Dòng %(line)s có dữ liệu ở quá xa. Hãy xóa các dòng trống ở giữa.") % {"line": line})


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _rows_of_workbook(data: bytes) -> Iterator[tuple[int, Sequence]]:
    _check_archive(data)
    try:
        # data_only: the results that Excel saved, never the formulas. Without links: nothing outside is looked at.
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = {fold(sheet.title): sheet for sheet in reversed(book.worksheets)}
        sheet = sheets.get(fold(DATA_SHEET), book.worksheets[0])
        # A file may claim a million rows by sixteen thousand columns; only what is there is read.
        sheet.reset_dimensions()
        yield from enumerate(sheet.iter_rows(values_only=True), start=1)
    except Exception as error:
        # openpyxl meets a damaged file with whatever its code stumbles over.
        raise UnreadableFile(_("Tệp Excel bị hỏng. Hãy mở bằng Excel, lưu lại thành .xlsx rồi thử lại.")) from error


def _check_archive(data: bytes) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile(
            _("Tệp có mật khẩu hoặc là Excel kiểu cũ (.xls). Hãy bỏ mật khẩu và chọn Lưu thành .xlsx.")
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableFile(
            _("Đây không phải là tệp Excel .xlsx. Hãy mở bằng Excel và lưu lại thành .xlsx.")
        ) from error
    # The reader never unpacks more of a part than its declared size.
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise UnreadableFile(_("Tệp quá lớn khi mở ra. Hãy chép riêng các dòng cần nhập sang tệp mẫu."))


def _rows_of_csv(data: bytes | str) -> Iterator[tuple[int, Sequence]]:
    text = data if isinstance(data, str) else _decoded(data)
    first = text.partition("\n")[0]
    # Excel on a Vietnamese Windows separates by semicolons.
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, row in enumerate(reader, start=1):
            # Lines of the file: a cell may hold line breaks, and the row is then named by its last line.
            yield (1 if number == 1 else reader.line_num), row
    except csv.Error as error:
        raise UnreadableFile(_("Tệp CSV bị hỏng. Hãy lưu thành .xlsx rồi thử lại.")) from error


def _decoded(data: bytes) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        message = _("Tệp CSV không phải mã UTF-8. Trong Excel, hãy chọn Lưu thành “CSV UTF-8” hoặc .xlsx.")
        raise UnreadableFile(message) from error


# --- looking for a word ---------------------------------------------------------------------------------------------
def raw_text(data: bytes) -> str:
    """Every text of a file in no order, some run together: what is not in here is in no cell."""
    if not data.startswith(b"PK"):
        return _decoded(data)
    _check_archive(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [archive.read(part) for part in archive.infolist() if part.filename.endswith(".xml")]
    except Exception as error:
        # As above: unpacking a damaged file fails in many ways.
        raise UnreadableFile(_("Tệp Excel bị hỏng. Hãy mở bằng Excel, lưu lại thành .xlsx rồi thử lại.")) from error
    return "\n".join(html.unescape(_MARKUP.sub(b"", part).decode("utf-8", "replace")) for part in parts)


# --- writing --------------------------------------------------------------------------------------------------------
def write_workbook(dataset: tablib.Dataset) -> bytes:
    """One sheet: dates and numbers as such, everything else as text."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    heading = book.add_format({"bold": True, "bg_color": NAVY, "font_color": "#ffffff", "border": 1})
    formats = {
        dt.date: book.add_format({"num_format": "dd/mm/yyyy"}),
        dt.time: book.add_format({"num_format": "hh:mm"}),
        int: book.add_format({"num_format": "#,##0"}),
    }
    sheet = book.add_worksheet(DATA_SHEET)
    for column, header in enumerate(dataset.headers):
        sheet.write_string(0, column, header, heading)
    for line, row in enumerate(dataset, start=1):
        for column, value in enumerate(row):
            _write(sheet, line, column, value, formats)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(dataset), 1), len(dataset.headers) - 1)
    sheet.autofit()
    book.close()
    return stream.getvalue()


def _write(sheet, line: int, column: int, value, formats: dict) -> None:
    kind = type(value)
    if value == "":
        return
    if kind in (dt.date, dt.time):
        sheet.write_datetime(line, column, value, formats[kind])
    elif kind is int:
        sheet.write_number(line, column, value, formats[int])
    else:
        # write_string, since write() would take "=1+1" for a formula.
        sheet.write_string(line, column, str(value))

"""The file to fill in: headers on the first sheet, then explanations, an example, and the lists to choose from."""

from io import BytesIO

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from teams.imports.files import DATA_SHEET, MOST_BYTES, MOST_ROWS, MOST_ROWS_TEXT, NAVY, PALE


def build_template(cells) -> bytes:
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    styles = {
        "required": book.add_format({"bold": True, "bg_color": NAVY, "font_color": "#ffffff", "border": 1}),
        "optional": book.add_format({"bold": True, "bg_color": PALE, "font_color": NAVY, "border": 1}),
        # Cells are text: Excel would otherwise cut the zeros that codes begin with, and turn dates around.
        "text": book.add_format({"num_format": "@"}),
        "wrapped": book.add_format({"text_wrap": True, "valign": "top", "border": 1, "num_format": "@"}),
    }
    data, guide = book.add_worksheet(DATA_SHEET), book.add_worksheet("Hướng dẫn")
    example, lists = book.add_worksheet("Ví dụ"), book.add_worksheet("Danh mục")
    for sheet in (data, example):
        _write_headers(sheet, cells, styles)
    for column, cell in enumerate(cells):
        example.write_string(1, column, cell.example, styles["text"])
    _offer_choices(data, lists, cells, styles)
    _write_guide(guide, cells, styles)
    book.close()
    return stream.getvalue()


def _write_headers(sheet, cells, styles) -> None:
    for column, cell in enumerate(cells):
        width = max(18, len(cell.column_name) + 4, min(40, len(cell.example) + 2))
        sheet.set_column(column, column, width, styles["text"])
        sheet.write_string(0, column, cell.column_name, styles["required" if cell.required else "optional"])
    sheet.freeze_panes(1, 0)


def _offer_choices(data, lists, cells, styles) -> None:
    """Drop-down lists. Other spellings pass: the portal reads them blind to accents and says what it cannot read."""
    column = 0
    for position, cell in enumerate(cells):
        labels = cell.offers
        if not labels:
            continue
        lists.set_column(column, column, 36)
        lists.write_string(0, column, cell.column_name, styles["optional"])
        lists.write_column(1, column, labels, styles["text"])
        first, last = (xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True) for row in (1, len(labels)))
        source = f"='Danh mục'!{first}:{last}"
        data.data_validation(
            1, position, MOST_ROWS, position, {"validate": "list", "source": source, "show_error": False}
        )
        column += 1


def _write_guide(sheet, cells, styles) -> None:
    for column, width in enumerate((28, 12, 90, 36)):
        sheet.set_column(column, column, width)
    for column, title in enumerate((_("Cột"), _("Bắt buộc"), _("Cách điền"), _("Ví dụ"))):
        sheet.write_string(0, column, title, styles["required"])
    for line, cell in enumerate(cells, start=1):
        sheet.write_string(line, 0, cell.column_name, styles["wrapped"])
        sheet.write_string(line, 1, _("Có") if cell.required else _("Không"), styles["wrapped"])
        sheet.write_string(line, 2, str(cell.note), styles["wrapped"])
        sheet.write_string(line, 3, cell.example, styles["wrapped"])
    for line, rule in enumerate(rules(), start=len(cells) + 2):
        sheet.merge_range(line, 0, line, 3, rule, styles["wrapped"])


def rules() -> list[str]:
    """What holds for every column; the upload page says it too."""
    return [
        _("Điền ở trang “Dữ liệu”, từ dòng 2, giữ nguyên dòng tiêu đề; thứ tự cột tùy ý."),
        _("Ngày viết 26/03/2023 hoặc để kiểu ngày của Excel. Tối đa %(most)s dòng và %(size)s MB một tệp.")
        % {"most": MOST_ROWS_TEXT, "size": MOST_BYTES // 1024**2},
        _("Ô không bắt buộc mà để trống thì giá trị cũ bị xóa, trừ cột có ghi khác; muốn giữ nguyên, hãy bỏ cả cột."),
        _("Nhập lại cùng một tệp không thay đổi gì: dòng giống dữ liệu đang có được bỏ qua."),
        _("Dòng đúng được nhập, dòng lỗi được để lại cùng lý do; không dòng nào được nhập trước khi bạn xác nhận."),
    ]

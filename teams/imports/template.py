"""The file to fill in: headers on the first sheet, explanations and an example on the second."""

from io import BytesIO

import xlsxwriter
from django.utils.translation import gettext as _

NAVY, PALE = "#0b3c7d", "#e8f0fb"


def build_template(cells) -> bytes:
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    required = book.add_format({"bold": True, "bg_color": NAVY, "font_color": "#ffffff", "border": 1})
    optional = book.add_format({"bold": True, "bg_color": PALE, "font_color": NAVY, "border": 1})
    text = book.add_format({"num_format": "@"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    data, help_sheet = book.add_worksheet(_("Dữ liệu")), book.add_worksheet(_("Hướng dẫn"))
    for column, cell in enumerate(cells):
        # Cells are text: Excel would otherwise cut the zeros that codes begin with, and turn dates around.
        data.set_column(column, column, max(18, len(cell.column_name) + 4), text)
        data.write_string(0, column, cell.column_name, required if cell.required else optional)
    data.freeze_panes(1, 0)
    _write_help(help_sheet, cells, required, wrapped)
    book.close()
    return stream.getvalue()


def _write_help(sheet, cells, heading, wrapped) -> None:
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 14)
    sheet.set_column(2, 2, 90)
    sheet.set_column(3, 3, 32)
    for column, title in enumerate((_("Cột"), _("Bắt buộc"), _("Cách điền"), _("Ví dụ"))):
        sheet.write_string(0, column, title, heading)
    for line, cell in enumerate(cells, start=1):
        sheet.write_string(line, 0, cell.column_name, wrapped)
        sheet.write_string(line, 1, _("Có") if cell.required else _("Không"), wrapped)
        sheet.write_string(line, 2, str(cell.note), wrapped)
        sheet.write_string(line, 3, cell.example, wrapped)

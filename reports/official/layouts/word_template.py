"""The default Word template, as staff download it to make their own: the Union's form (domain research 5.3).

It is built here rather than kept as a file, so that each line of it can be read and its history too.
"""

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from reports.official.layouts.word_finish import packed, take_away_traces
from reports.official.layouts.word_styles import set_styles
from reports.official.layouts.wording import DRAFT, KIND, UNION

Line = tuple[str, str]

HEAD_LEFT: tuple[Line, ...] = (
    ("Tiêu đề đầu", "{%p for dong in co_quan %}"),
    ("Tiêu đề đầu", "{{ dong }}"),
    ("Tiêu đề đầu", "{%p endfor %}"),
    ("Tiêu đề đầu", "***"),
)
LETTER: tuple[Line, ...] = (
    ("Title", KIND),
    ("Subtitle", "{{ trich_yeu }}"),
    ("Gạch dưới trích yếu", ""),
    ("Normal", "{%p if kinh_gui %}"),
    ("Kính gửi", "Kính gửi: {{ kinh_gui }}"),
    ("Normal", "{%p endif %}"),
    ("Normal", "{%p for doan in mo_dau %}"),
    ("Body Text", "{{ doan }}"),
    ("Normal", "{%p endfor %}"),
    ("Normal", "{%p for muc in cac_muc %}"),
    ("heading 1", "{{ muc.so }}. {{ muc.ten }}"),
    ("Normal", "{%p for phan in muc.cac_phan %}"),
    ("Normal", "{%p if phan.tieu_de %}"),
    ("heading 2", "{{ phan.so }}. {{ phan.tieu_de }}"),
    ("Normal", "{%p endif %}"),
    ("Normal", "{%p for doan in phan.doan_van %}"),
    ("Body Text", "{{ doan }}"),
    ("Normal", "{%p endfor %}"),
    ("Normal", "{%p for y in phan.cac_y %}"),
    ("List Bullet", "{{ y }}"),
    ("Normal", "{%p endfor %}"),
    ("Normal", "{%p if phan.bang %}"),
    ("caption", "Bảng {{ phan.bang.so }}. {{ phan.bang.ten }}"),
    ("Normal", "{{p phan.bang }}"),
    ("Normal", "{%p if phan.bang.ghi_chu %}"),
    ("Ghi chú bảng", "{{ phan.bang.ghi_chu }}"),
    ("Normal", "{%p endif %}"),
    ("Normal", "{%p endif %}"),
    ("Normal", "{%p if phan.bieu_do %}"),
    ("Normal", "{{p phan.bieu_do }}"),
    ("Tên biểu đồ", "Biểu đồ {{ phan.bieu_do.so }}. {{ phan.bieu_do.ten }} (đơn vị tính: {{ phan.bieu_do.don_vi }})"),
    ("Normal", "{%p endif %}"),
    ("Normal", "{%p endfor %}"),
    ("Normal", "{%p endfor %}"),
    ("Normal", ""),
)
RECIPIENTS: tuple[Line, ...] = (
    ("Nơi nhận", "Nơi nhận:"),
    ("Nơi nhận", "{%p for noi in noi_nhan %}"),
    ("Nơi nhận", "- {{ noi }}"),
    ("Nơi nhận", "{%p endfor %}"),
)
SIGNATURE: tuple[Line, ...] = (
    ("Chữ ký", "{{ tham_quyen }}"),
    ("Chữ ký", "{{ chuc_vu }}"),
    ("Chữ ký", "{{ nguoi_ky }}"),
)
STANDING: tuple[Line, ...] = (
    (
        "Số liệu",
        "Số liệu tính đến {{ tinh_den }}; tình trạng: {{ tinh_trang }}; lần phát hành: {{ lan_phat_hanh }}."
        "{% if dinh_nghia or thay_doi %} Xem thuyết minh số liệu ở cuối báo cáo.{% endif %}",
    ),
)
CHECK: tuple[Line, ...] = (
    ("Số liệu", "Mã kiểm: {{ ma_kiem }}"),
    ("Số liệu", "Kiểm tra báo cáo này: quét mã QR hoặc mở"),
    ("Số liệu", "{{ dia_chi_kiem }}"),
)
DRAFT_NOTE: tuple[Line, ...] = (("Số liệu", f"{DRAFT}: chưa phát hành, số liệu còn có thể thay đổi."),)
APPENDICES: tuple[Line, ...] = (
    ("Normal", "{%p for phu_luc in cac_phu_luc %}"),
    ("Normal", "{{p phu_luc.sang_trang }}"),
    ("Phụ lục", "Phụ lục {{ phu_luc.so }}"),
    ("Subtitle", "{{ phu_luc.ten|upper }}"),
    ("Kèm theo", "{{ phu_luc.kem_theo }}"),
    ("Normal", "{{p phu_luc.bang }}"),
    ("Normal", "{%p if phu_luc.bang.ghi_chu %}"),
    ("Ghi chú bảng", "{{ phu_luc.bang.ghi_chu }}"),
    ("Normal", "{%p endif %}"),
    ("Normal", "{%p endfor %}"),
    ("Normal", "{%p if dinh_nghia or thay_doi %}"),
    ("Normal", "{{p sang_trang }}"),
    ("Phụ lục", "Thuyết minh số liệu"),
    ("Kèm theo", "{{ kem_theo }}"),
    ("Normal", "{%p if thay_doi %}"),
    ("heading 2", "{{ thay_doi.ten }}"),
    ("Normal", "{%p if ly_do_thay_doi %}"),
    ("Trước bảng", "{{ ly_do_thay_doi }}"),
    ("Normal", "{%p endif %}"),
    ("Normal", "{{p thay_doi }}"),
    ("Normal", "{%p endif %}"),
    ("Normal", "{%p if dinh_nghia %}"),
    ("heading 2", "Định nghĩa chỉ tiêu"),
    ("Normal", "{%p for chi_tieu in dinh_nghia %}"),
    ("List Bullet", "{{ chi_tieu.ten }}: {{ chi_tieu.noi_dung }}"),
    ("Normal", "{%p endfor %}"),
    ("Normal", "{%p endif %}"),
    ("Normal", "{%p endif %}"),
)
FOOTER = (
    "{% if ban_nhap %}Bản nháp · {% endif %}Số liệu tính đến {{ tinh_den }} · {{ tinh_trang }} · lần phát hành"
    " {{ lan_phat_hanh }}{% if ma_kiem %} · mã kiểm {{ ma_kiem }}{% endif %}"
)


def default_template() -> bytes:
    document = Document()
    set_styles(document)
    _set_paper(document)
    _head(document)
    _say(document, LETTER)
    _signature(document)
    _standing(document)
    _say(document, APPENDICES)
    document.core_properties.title = "Mẫu báo cáo"
    take_away_traces(document)
    return packed(document)


def _set_paper(document: WordDocument) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(20)
    section.header_distance, section.footer_distance = Mm(9), Mm(9)
    # The number of the page is not shown on the first one.
    section.different_first_page_header_footer = True
    _page_number(section.header.paragraphs[0])
    for header in (section.header, section.first_page_header):
        header.is_linked_to_previous = False
        for text in ("{%p if ban_nhap %}", DRAFT, "{%p endif %}"):
            paragraph = header.add_paragraph(text)
            paragraph.style = document.styles["Bản nháp"]
    for footer in (section.footer, section.first_page_footer):
        footer.paragraphs[0].text = FOOTER
        footer.paragraphs[0].style = document.styles["footer"]


def _page_number(paragraph: Paragraph) -> None:
    paragraph.style = "header"
    field = parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>2</w:t></w:r></w:fldSimple>')
    paragraph._p.append(field)


def _head(document: WordDocument) -> None:
    table = _frame(document, (70, 90), rows=2)
    _fill(table.cell(0, 0), HEAD_LEFT)
    _fill(table.cell(0, 1), (("Tiêu đề đầu", UNION),))
    table.cell(0, 1).paragraphs[0].runs[0].underline = True
    _fill(table.cell(1, 0), (("Số ký hiệu", "{{ so_ky_hieu }}"),))
    _fill(table.cell(1, 1), (("Địa danh", "{{ dia_danh_ngay }}"),))


def _signature(document: WordDocument) -> None:
    table = _frame(document, (70, 90), rows=1)
    _fill(table.cell(0, 0), RECIPIENTS)
    title = table.cell(0, 0).paragraphs[0].runs[0]
    title.bold = title.italic = True
    title.font.size = Pt(12)
    _fill(table.cell(0, 1), SIGNATURE)
    # Room for the hand and the seal.
    table.cell(0, 1).paragraphs[2].paragraph_format.space_before = Mm(26)


def _standing(document: WordDocument) -> None:
    """When issued with the code that leads to the page of verification, else a word that it is a draft."""
    _say(document, (("Số liệu", ""), ("Normal", "{%p if ma_qr %}")))
    table = _frame(document, (30, 130), rows=1)
    _fill(table.cell(0, 0), (("Normal", "{{p ma_qr }}"),))
    _fill(table.cell(0, 1), (*STANDING, *CHECK))
    _say(document, (("Normal", "{%p else %}"), *DRAFT_NOTE, *STANDING, ("Normal", "{%p endif %}")))


def _say(document: WordDocument, lines: tuple[Line, ...]) -> None:
    for style, text in lines:
        document.add_paragraph(text, style=style)


def _fill(cell: _Cell, lines: tuple[Line, ...]) -> None:
    for number, (style, text) in enumerate(lines):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        paragraph.text = text
        paragraph.style = style


def _frame(document: WordDocument, widths: tuple[int, ...], *, rows: int):
    """A table without lines, which only places things beside each other and is not torn between pages."""
    table = document.add_table(rows=rows, cols=len(widths))
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    margins = "".join(f'<w:{side} w:w="28" w:type="dxa"/>' for side in ("left", "right"))
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    look.addprevious(parse_xml(f"<w:tblCellMar {nsdecls('w')}>{margins}</w:tblCellMar>"))
    return table

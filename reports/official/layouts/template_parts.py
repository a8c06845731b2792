"""What no template may leave out: the mandatory parts of a document (HD 29-HD/TWĐTN-VP), and what figures need.

Each with what to write for it, and the texts of a tried report that show that it is there.
"""

from django.utils.translation import gettext as _

from reports.official.content import Report, Table
from reports.official.layouts.wording import KIND, UNION, day_in_full, figure, moment, short_digest

Mandatory = tuple[str, str, list[str]]


def mandatory(report: Report) -> list[Mandatory]:
    return [*_head(report), *_content(report), *_foot(report), *_figures(report)]


def _head(report: Report) -> list[Mandatory]:
    head = report.letterhead
    return [
        (_("tiêu đề"), f"“{UNION}”", [UNION]),
        (_("tên cơ quan ban hành"), "{%p for dong in co_quan %} {{ dong }} {%p endfor %}", list(head.issuer)),
        (_("số và ký hiệu"), "{{ so_ky_hieu }}", [f"{head.number}-{head.symbol}"]),
        (_("địa danh, ngày tháng"), "{{ dia_danh_ngay }}", [head.place, day_in_full(head.date)]),
        (_("tên loại văn bản, đứng riêng một dòng"), f"“{KIND}”", [f"\n{KIND}\n"]),
        (_("trích yếu"), "{{ trich_yeu }}", [report.subject]),
        (_("nơi gửi đến"), "{{ kinh_gui }}", [report.addressee]),
    ]


def _content(report: Report) -> list[Mandatory]:
    parts = [part for section in report.sections for part in section.parts]
    texts, items = [part.text for part in parts if part.text], [item for part in parts for item in part.items]
    return [
        (_("căn cứ"), "{%p for doan in mo_dau %} {{ doan }} {%p endfor %}", [report.opening]),
        (_("tên các mục"), "{{ muc.so }}. {{ muc.ten }}", [section.title for section in report.sections]),
        (_("tiêu đề trong mục"), "{{ phan.tieu_de }}", [part.heading for part in parts]),
        (_("đoạn văn trong mục"), "{%p for doan in phan.doan_van %} {{ doan }} {%p endfor %}", texts),
        (_("các ý trong mục"), "{%p for y in phan.cac_y %} {{ y }} {%p endfor %}", items),
        (_("bảng số liệu"), "{{p phan.bang }}", [text for part in parts if part.table for text in _cells(part.table)]),
        (_("ghi chú của bảng"), "{{ phan.bang.ghi_chu }}", [part.table.note for part in parts if part.table]),
    ]


def _foot(report: Report) -> list[Mandatory]:
    signature = report.signature
    return [
        (_("thẩm quyền ký"), "{{ tham_quyen }}", [signature.authority]),
        (_("chức vụ người ký"), "{{ chuc_vu }}", [signature.post]),
        (_("tên người ký"), "{{ nguoi_ky }}", [signature.name]),
        (_("nơi nhận"), "{%p for noi in noi_nhan %} {{ noi }} {%p endfor %}", list(report.recipients)),
    ]


def _figures(report: Report) -> list[Mandatory]:
    check, appendices = report.verification, report.appendices
    tables = "{%p for phu_luc in cac_phu_luc %} {{p phu_luc.bang }} {%p endfor %}"
    changes = [change.what for change in report.changes]
    definitions = [text for each in report.definitions for text in (each.label, each.text)]
    return [
        (_("thời điểm của số liệu"), "{{ tinh_den }}", [moment(report.as_of)]),
        (_("tình trạng của số liệu"), "{{ tinh_trang }}", [report.state]),
        (_("lần phát hành"), "{{ lan_phat_hanh }}", [str(report.version)]),
        (_("mã kiểm"), "{{ ma_kiem }}", [short_digest(check.digest)]),
        (_("địa chỉ trang kiểm tra"), "{{ dia_chi_kiem }}", [check.url]),
        (_("tên phụ lục"), "{{ phu_luc.ten }}", [each.title for each in appendices]),
        (_("bảng của phụ lục"), tables, [text for each in appendices for text in _cells(each.table)]),
        (_("ghi chú của bảng phụ lục"), "{{ phu_luc.bang.ghi_chu }}", [each.table.note for each in appendices]),
        (_("thay đổi so với lần trước"), "{{p thay_doi }}", changes),
        (_("lý do thay đổi"), "{{ ly_do_thay_doi }}", [report.changes_reason]),
        (_("định nghĩa chỉ tiêu"), "{{ chi_tieu.ten }}: {{ chi_tieu.noi_dung }}", definitions),
    ]


def _cells(table: Table) -> list[str]:
    kinds = [column.kind for column in table.columns]
    return [figure(cell, kind) for row in table.rows for cell, kind in zip(row, kinds, strict=True)]

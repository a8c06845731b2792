"""A small invented report that has something of everything: with it a template is tried before it is taken into use."""

from dataclasses import replace

from reports.official.content import (
    Appendix,
    Change,
    Chart,
    Column,
    Definition,
    Letterhead,
    Part,
    Report,
    Section,
    Signature,
    Table,
    Verification,
)

# Found in no other number of it.
SAMPLE_VERSION = 8642


def sample() -> Report:
    """As issued, for the second time: with number, day, code, changes."""
    goals = Table(
        "goals",
        "Bảng số liệu mẫu",
        (Column("TT"), Column("Chỉ tiêu"), Column("Thực hiện", "count"), Column("Tỷ lệ", "percent")),
        (("1", "Lượt người mẫu", 190_962, 37.5), ("2", "Lượt dịch vụ mẫu", 241_187, None)),
        total=(None, "Tổng cộng mẫu", 432_149, None),
        note="Ghi chú mẫu của bảng",
    )
    bars = Part(chart=Chart("chart", "Biểu đồ mẫu", "lượt", ("Nội dung một", "Nội dung hai"), (120, 45)))
    return Report(
        letterhead=Letterhead(("CƠ QUAN BAN HÀNH MẪU",), "BC/TĐTN-MẪU", "Địa danh mẫu", "987", "2026-10-31"),
        subject="Trích yếu mẫu của báo cáo",
        addressee="Nơi gửi đến mẫu",
        opening="Căn cứ mẫu của báo cáo",
        sections=(
            Section("I", "Tên mục mẫu", (Part(heading="Tiêu đề mẫu"), Part(text="Đoạn văn mẫu"))),
            Section("II", "Mục số liệu mẫu", (Part(items=("Nội dung gạch đầu dòng",)), Part(table=goals), bars)),
        ),
        signature=Signature("TM. THẨM QUYỀN MẪU", "CHỨC VỤ MẪU", "Người Ký Mẫu"),
        as_of="2026-10-30T17:45:00+07:00",
        state="tình trạng mẫu",
        recipients=("Nơi nhận mẫu thứ nhất", "Lưu mẫu"),
        appendices=(
            Appendix("I", "Phụ lục mẫu đứng", _appended("đứng", 5_317)),
            Appendix("II", "Phụ lục mẫu ngang", _appended("ngang", 6_428), is_wide=True),
        ),
        definitions=(Definition("Chỉ tiêu mẫu", "định nghĩa mẫu"),),
        version=SAMPLE_VERSION,
        is_draft=False,
        changes=(Change("Nội dung thay đổi mẫu", 190_001, 190_962, why="lý do mẫu của dòng"),),
        changes_reason="Lý do thay đổi mẫu",
        verification=Verification("https://mau.example.vn/kiem-tra/mau/", "abcd1234ef567890" * 4),
    )


def _appended(name: str, value: int) -> Table:
    columns = (Column("Đơn vị"), Column("Lượt người", "count"))
    return Table(name, name, columns, ((f"Đơn vị mẫu {name}", value),), note=f"Ghi chú phụ lục {name}")


def bare_sample() -> Report:
    """A draft that has as little as a report can have: no list of it holds anything."""
    report = sample()
    return replace(
        report,
        letterhead=replace(report.letterhead, number="", date=""),
        addressee="",
        opening="",
        sections=(Section("I", "Tên mục mẫu"),),
        signature=Signature("TM. THẨM QUYỀN MẪU", "CHỨC VỤ MẪU"),
        recipients=(),
        appendices=(),
        definitions=(),
        is_draft=True,
        version=1,
        changes=(),
        changes_reason="",
        verification=Verification(),
    )

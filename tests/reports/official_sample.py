"""A report as the city writes one after its peak day: 25 units, 30 services, 60 points. All of it is invented."""

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

DISTRICTS = (
    "Huyện Đoàn Bình Chánh", "Quận Đoàn 1", "Quận Đoàn 3", "Quận Đoàn 4", "Quận Đoàn 5", "Quận Đoàn 6", "Quận Đoàn 7",
    "Quận Đoàn 8", "Quận Đoàn 10", "Quận Đoàn 11", "Quận Đoàn 12", "Quận Đoàn Bình Tân", "Quận Đoàn Bình Thạnh",
    "Quận Đoàn Gò Vấp", "Quận Đoàn Phú Nhuận", "Quận Đoàn Tân Bình", "Quận Đoàn Tân Phú", "Thành Đoàn Thủ Đức",
    "Huyện Đoàn Cần Giờ", "Huyện Đoàn Củ Chi", "Huyện Đoàn Hóc Môn", "Huyện Đoàn Nhà Bè", "Đoàn khối Ngân hàng",
    "Đoàn khối Dân - Chính - Đảng Thành phố Hồ Chí Minh", "Đoàn Thanh niên Công an Thành phố",
)  # fmt: skip
SERVICES = (
    "Đăng nhập Cổng Dịch vụ công quốc gia bằng VNeID", "Nộp hồ sơ trực tuyến", "Tra cứu tình trạng hồ sơ",
    "Thanh toán phí, lệ phí trực tuyến", "Thủ tục liên thông khai sinh – bảo hiểm y tế – cư trú",
    "Phân luồng, lấy số, hướng dẫn tại một cửa", "Đăng ký hộ kinh doanh", "Hồ sơ đất đai, xây dựng", "Cài đặt VNeID",
    "Kích hoạt tài khoản mức 2", "Tích hợp giấy tờ vào VNeID", "Sử dụng tiện ích VNeID", "Mở tài khoản thanh toán",
    "Cài và dùng ví điện tử", "Mã QR cho tiểu thương", "Thanh toán viện phí không tiền mặt",
    "Thanh toán điện, nước, học phí", "Tuyên truyền phòng “tín dụng đen”", "Cổng thông tin giao thông Thành phố",
    "Ứng dụng xe buýt GoBus", "Thẻ xe buýt thông minh Unipass", "Vé điện tử", "Công dân số Thành phố", "Phản ánh 1022",
    "VssID, tra cứu bảo hiểm xã hội", "Sổ sức khỏe điện tử", "Tuyển sinh đầu cấp trực tuyến", "eTax Mobile",
    "Chữ ký số cá nhân", "Nhận biết, phòng lừa đảo trực tuyến",
)  # fmt: skip
ISSUER = ("BAN CHẤP HÀNH ĐOÀN TP. HỒ CHÍ MINH",)
TOTAL = 190_962


def peak_day() -> Report:
    """The first issue, with everything that a report can have but changes."""
    return Report(
        letterhead=Letterhead(ISSUER, "BC/TĐTN-VP", "TP. Hồ Chí Minh", number="7", date="2023-02-05"),
        subject=(
            "Kết quả Ngày hoạt động cao điểm tình nguyện hỗ trợ người dân thực hiện dịch vụ công trực tuyến;"
            " tuyên truyền xây dựng văn hóa công vụ, sử dụng tài khoản thanh toán điện tử (ngày 05/02/2023)"
        ),
        addressee="Ban Bí thư Trung ương Đoàn",
        opening=(
            "Căn cứ Quyết định số 2393/QĐ-UBND ngày 03 tháng 7 năm 2020 của Ủy ban nhân dân Thành phố về phê duyệt"
            " Chương trình Chuyển đổi số của Thành phố Hồ Chí Minh;\nThực hiện Kế hoạch số 112-KH/TĐTN-PT ngày 15"
            " tháng 01 năm 2023, Ban Thường vụ Thành Đoàn báo cáo kết quả như sau:"
        ),
        sections=_sections(),
        signature=Signature("TM. BAN THƯỜNG VỤ THÀNH ĐOÀN", "PHÓ BÍ THƯ", "Nguyễn Văn Mẫu"),
        as_of="2023-02-05T17:30:00+07:00",
        state="đã duyệt",
        recipients=(
            "Ban Bí thư Trung ương Đoàn (để báo cáo)", "Thường trực Thành ủy, Ủy ban nhân dân Thành phố (để báo cáo)",
            "Các cơ sở Đoàn trực thuộc", "Lưu: VP",
        ),
        appendices=_appendices(),
        definitions=(
            Definition("Lượt người", "Người dân được hỗ trợ; một người một lần đến tính một lượt, dù nhiều việc."),
            Definition("Lượt dịch vụ", "Mỗi người dân với mỗi dịch vụ là một lượt."),
            Definition("Lượt tình nguyện viên", "Số tình nguyện viên khác nhau của từng ca hỗ trợ, cộng các ca."),
            Definition("Hồ sơ nộp trực tuyến", "Hồ sơ đã có mã hồ sơ do hệ thống dịch vụ công cấp."),
        ),
        is_draft=False,
        verification=Verification(
            "https://xungkichso.example.vn/kiem-tra/7k3m9q2d/", "9f2c4e1ab07d5538c1de66fa2b90847733aa51c0d9e8f7b6"
        ),
    )  # fmt: skip


def draft() -> Report:
    """Before the office has given it a number and a day."""
    report = peak_day()
    head = replace(report.letterhead, number="", date="")
    return replace(report, letterhead=head, is_draft=True, state="tạm tính", verification=Verification())


def second_issue() -> Report:
    report = peak_day()
    return replace(
        report,
        version=2,
        state="đã khóa",
        changes=(
            Change("Lượt người", 190_741, TOTAL, why="Điều chỉnh sau đối chiếu với hai điểm của Quận Đoàn 8"),
            Change("Tỷ lệ hoàn thành chỉ tiêu lượt người", 95.4, 95.5, "percent"),
            Change("Điểm hỗ trợ cơ động", None, 3, why="Bổ sung điểm ghi sau khi có mạng"),
            Change("Đơn vị dẫn đầu", "Quận Đoàn 8", "Huyện Đoàn Bình Chánh", "text"),
        ),
        changes_reason="Cập nhật các lượt gửi muộn và các điều chỉnh đã được duyệt đến hết ngày 10 tháng 02 năm 2023.",
    )


def _sections() -> tuple[Section, ...]:
    return (
        Section("I", "Công tác chỉ đạo, triển khai", (
            Part(heading="Văn bản ban hành"),
            Part(text="Ban Thường vụ Thành Đoàn đã ban hành Kế hoạch số 112-KH/TĐTN-PT và 02 công văn hướng dẫn các"
                 " cơ sở Đoàn trực thuộc triển khai thực hiện."),
            Part(heading="Tập huấn, phân công"),
            Part(items=(
                "Tập huấn trực tuyến cho 3.640 tình nguyện viên về nguyên tắc “không làm thay”.",
                "Phân công 354 đội hình tại 60 điểm hỗ trợ.",
                "Cấp 354 thẻ đăng nhập cho đội trưởng; không ghi thông tin cá nhân của người dân.",
            )),
        )),
        Section("II", "Kết quả thực hiện", (
            Part(heading="Lực lượng"),
            Part(table=FORCES),
            Part(heading="Kết quả theo nội dung"),
            Part(text="Các đội hình đã hỗ trợ 190.962 lượt người với 241.187 lượt dịch vụ, đạt 95,5% chỉ tiêu đề ra."),
            Part(chart=Chart("services", "Lượt hỗ trợ theo nhóm dịch vụ", "lượt", (
                "Dịch vụ công trực tuyến", "Định danh điện tử VNeID", "Thanh toán không dùng tiền mặt",
                "Giao thông số", "Công dân số Thành phố", "Bảo hiểm, y tế, giáo dục", "Thuế, hóa đơn, kinh doanh số",
                "Kỹ năng số, an toàn mạng",
            ), (81_204, 52_311, 40_118, 33_902, 18_760, 9_455, 4_410, 1_027))),
            Part(heading="Kết quả theo đơn vị"),
            Part(chart=Chart("units", "Lượt người theo đơn vị", "lượt người", DISTRICTS, _unit_people())),
            Part(table=GOALS),
        )),
        Section("III", "Đánh giá", (
            Part(heading="Ưu điểm"),
            Part(text="Công tác chuẩn bị được thực hiện từ sớm; số liệu được ghi tại chỗ, đối chiếu được đến từng ca."),
            Part(heading="Hạn chế, khó khăn"),
            Part(text="Một số điểm mạng yếu vào giờ cao điểm; 12 ca gửi số liệu sau 18 giờ."),
            Part(heading="Nguyên nhân, kiến nghị"),
            Part(items=("Bổ sung thiết bị phát mạng dự phòng tại các chợ.", "Kéo dài thời gian hỗ trợ đến 19 giờ.")),
        )),
        Section("IV", "Phương hướng, nhiệm vụ thời gian tới", (
            Part(text="Tiếp tục duy trì các điểm hỗ trợ vào ngày thứ Bảy hằng tuần.\n"
                 "Đưa nội dung phòng, chống lừa đảo trực tuyến vào mọi đội hình."),
        )),
    )  # fmt: skip


FORCES = Table(
    "forces", "Lực lượng tham gia",
    (Column("TT"), Column("Nội dung"), Column("Đơn vị tính"), Column("Số lượng", "count")),
    (
        ("1", "Đội hình", "đội", 354), ("2", "Điểm hỗ trợ", "điểm", 60), ("3", "Ca hỗ trợ", "ca", 1_062),
        ("4", "Tình nguyện viên", "người", 3_640), ("5", "Lượt tình nguyện viên", "lượt", 5_118),
        ("6", "Thời gian tình nguyện", "giờ", 20_472.5),
    ),
    note="Tình nguyện viên là số người khác nhau trong cả thành phố; không cộng được từ số của các đơn vị.",
)  # fmt: skip
GOALS = Table(
    "goals", "Mức hoàn thành chỉ tiêu",
    (
        Column("TT"), Column("Chỉ tiêu"), Column("Giao", "count"), Column("Thực hiện", "count"),
        Column("Tỷ lệ", "percent"),
    ),
    (
        ("1", "Lượt người được hỗ trợ", 200_000, TOTAL, 95.5), ("2", "Hồ sơ nộp trực tuyến", 20_000, 24_118, 120.6),
        ("3", "Tài khoản thanh toán mở mới", 15_000, 5_625, 37.5), ("4", "Thẻ Unipass", None, 1_204, None),
    ),
)  # fmt: skip


def _unit_people() -> tuple[int, ...]:
    shares = [3_000 + (number * 7_919) % 9_000 for number in range(len(DISTRICTS))]
    shares[0] += TOTAL - sum(shares)
    return tuple(shares)


def _appendices() -> tuple[Appendix, ...]:
    people = _unit_people()
    units = tuple(
        (str(number), name, count // 500, count // 3_000 + 1, count, count + count // 4, count // 8, count // 34)
        for number, (name, count) in enumerate(zip(DISTRICTS, people, strict=True), 1)
    )
    services = tuple(
        (str(number), name, (number * 7_817) % 20_011, (number * 311) % 997, round(number * 3.3, 1))
        for number, name in enumerate(SERVICES, 1)
    )
    points = tuple(
        (
            str(number), f"Điểm hỗ trợ số {number} – Trung tâm Phục vụ hành chính công phường {number}",
            f"{number * 3} đường Nguyễn Thị Minh Khai, phường {number}, Thành phố Hồ Chí Minh",
            DISTRICTS[number % 25], "07:30–11:30; 13:00–17:00", number * 53 % 900, number * 71 % 1_200,
        )
        for number in range(1, 61)
    )  # fmt: skip
    return (
        Appendix("I", "Tổng hợp theo chỉ tiêu", GOALS),
        Appendix("II", "Kết quả theo đơn vị", Table(
            "units", "Kết quả theo đơn vị",
            (Column("TT"), Column("Đơn vị"), Column("Đội hình", "count"), Column("Điểm", "count"),
             Column("Lượt người", "count"), Column("Lượt dịch vụ", "count"), Column("Hồ sơ nộp trực tuyến", "count"),
             Column("Lượt tình nguyện viên", "count")),
            units,
            total=(None, "Tổng cộng", *(sum(row[place] for row in units) for place in range(2, 8))),
        )),
        Appendix("III", "Kết quả theo dịch vụ", Table(
            "services", "Kết quả theo dịch vụ",
            (Column("TT"), Column("Dịch vụ"), Column("Lượt", "count"), Column("Chuyển tuyến", "count"),
             Column("Tỷ lệ tự làm được", "percent")),
            services,
            note="Dịch vụ hết hiệu lực sau ngày hoạt động vẫn có trong bảng.",
        )),
        Appendix("IV", "Danh sách điểm hỗ trợ", Table(
            "points", "Danh sách điểm hỗ trợ",
            (Column("TT"), Column("Điểm"), Column("Địa chỉ"), Column("Đơn vị"), Column("Giờ"),
             Column("Lượt người", "count"), Column("Lượt dịch vụ", "count")),
            points,
            total=(None, "Tổng cộng", None, None, None, sum(row[5] for row in points), sum(row[6] for row in points)),
        ), is_wide=True),
    )  # fmt: skip

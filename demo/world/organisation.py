"""Units and teams of the demo world: the tree of March 2023, with only those facts that the seed article gives.

Real: Thành Đoàn, its blocks, Huyện Đoàn Bình Chánh with its communes and the number of its squads, the nine fields of
Đoàn khối Dân-Chính-Đảng. Everything under "giả định" is invented so that the city is not thin.
"""

import datetime as dt
from typing import NamedTuple

SINCE = dt.date(2020, 1, 1)
# Before this day a support point stands in a commune of the old map, from it in one of the new.
REFORM = dt.date(2025, 7, 1)
CITY = "TD"
BINH_CHANH = "HD-BC"
BANKS = "K-NH"


class UnitSeed(NamedTuple):
    code: str
    name: str
    kind: str
    block: str
    parent: str | None
    area: str = ""  # code of an area of the old map


class TeamSeed(NamedTuple):
    code: str
    name: str
    kind: str
    unit: str
    # What its volunteers are busy with on a day; see demo/replay/work.py.
    work: str
    # Where it stands: the point of the old map, and the one of today ("" for a mobile team).
    point: str
    point_today: str
    area: str = ""
    field: str = ""
    is_assumed: bool = False
    note: str = ""


class Commune(NamedTuple):
    """A commune of Huyện Bình Chánh in 2023."""

    short: str
    code: str
    name: str
    # GSO code of the commune of today whose one-stop centre its squad helps at.
    today: str


COMMUNES = [
    Commune("TT", "27595", "thị trấn Tân Túc", "27595"),
    Commune("PVH", "27598", "xã Phạm Văn Hai", "27601"),
    Commune("VLA", "27601", "xã Vĩnh Lộc A", "27601"),
    Commune("VLB", "27604", "xã Vĩnh Lộc B", "27604"),
    Commune("BL", "27607", "xã Bình Lợi", "27610"),
    Commune("LMX", "27610", "xã Lê Minh Xuân", "27610"),
    Commune("TN", "27613", "xã Tân Nhựt", "27595"),
    Commune("TK", "27616", "xã Tân Kiên", "27595"),
    Commune("BH", "27619", "xã Bình Hưng", "27619"),
    Commune("PP", "27622", "xã Phong Phú", "27619"),
    Commune("APT", "27625", "xã An Phú Tây", "27637"),
    Commune("HL", "27628", "xã Hưng Long", "27628"),
    Commune("DP", "27631", "xã Đa Phước", "27628"),
    Commune("TQT", "27634", "xã Tân Quý Tây", "27637"),
    Commune("BC", "27637", "xã Bình Chánh", "27637"),
    Commune("QD", "27640", "xã Quy Đức", "27628"),
]
FIELDS = [
    "Nội vụ",
    "Ngoại vụ",
    "Tài nguyên – Môi trường",
    "Quy hoạch – Kiến trúc",
    "Khoa học và Công nghệ",
    "Xây dựng",
    "Nông nghiệp và Phát triển nông thôn",
    "Công thương",
    "Văn hóa",
]

UNITS = [
    UnitSeed(CITY, "Thành Đoàn Thành phố Hồ Chí Minh", "city", "territory", None),
    UnitSeed(BINH_CHANH, "Huyện Đoàn Bình Chánh", "district", "territory", CITY),
    *(UnitSeed(f"BC-{c.short}", f"Đoàn {c.name}", "commune", "territory", BINH_CHANH, c.code) for c in COMMUNES),
    UnitSeed(BANKS, "Đoàn khối Ngân hàng", "block", "workers", CITY),
    *(
        UnitSeed(f"NH-{n:02d}", f"Đoàn cơ sở Ngân hàng mẫu {n} (giả định)", "base", "workers", BANKS)
        for n in range(1, 7)
    ),
    UnitSeed("K-DCD", "Đoàn khối Dân - Chính - Đảng", "block", "officials", CITY),
    *(
        UnitSeed(f"DCD-{n:02d}", f"Đoàn cơ sở ngành {field} (giả định)", "base", "officials", "K-DCD")
        for n, field in enumerate(FIELDS, start=1)
    ),
    UnitSeed("CA-TP", "Đoàn Thanh niên Công an Thành phố", "sector", "armed", CITY),
    UnitSeed("TT-KHCN", "Trung tâm Phát triển Khoa học và Công nghệ Trẻ", "base", "officials", CITY),
    UnitSeed("TD-THD", "Thành Đoàn Thủ Đức", "district", "territory", CITY),
    UnitSeed("QD-01", "Quận Đoàn 1", "district", "territory", CITY),
    UnitSeed("QD-05", "Quận Đoàn 5", "district", "territory", CITY),
    # Two that became one on 2025-01-01, and one that stayed as it was until the reform.
    UnitSeed("Q5-P07", "Đoàn Phường 7, Quận 5", "commune", "territory", "QD-05", "27322"),
    UnitSeed("Q5-P08", "Đoàn Phường 8, Quận 5", "commune", "territory", "QD-05", "27316"),
    UnitSeed("Q5-P14", "Đoàn Phường 14, Quận 5", "commune", "territory", "QD-05", "27331"),
    UnitSeed("QD-BTA", "Quận Đoàn Bình Tân", "district", "territory", CITY),
    UnitSeed("HD-CC", "Huyện Đoàn Củ Chi", "district", "territory", CITY),
    UnitSeed("HD-CG", "Huyện Đoàn Cần Giờ", "district", "territory", CITY),
    UnitSeed("DHQG", "Ban Cán sự Đoàn Đại học Quốc gia Thành phố Hồ Chí Minh", "school", "schools", CITY),
    UnitSeed("DH-MAU", "Đoàn Trường Đại học mẫu (giả định)", "school", "schools", "DHQG"),
]

HOSPITALS = ["BV-CR", "BV-115", "BV-ND1", "BV-TD", "BV-NDTP", "BV-BC"]
ASSUMED_SQUAD = "Không nguồn nào nói về tổ thứ 17; mô hình hóa thành tổ cơ động của huyện."
_OTHERS = [
    # code, name, kind, unit, work, point of 2023, point of today, area of the old map
    ("THD-01", "Đội hình Dịch vụ công phường Linh Chiểu", "squad", "TD-THD", "public", "MC-26815", "HC-26824", "26815"),
    ("THD-02", "Đội hình Dịch vụ công phường Hiệp Phú", "squad", "TD-THD", "public", "MC-26839", "HC-26842", "26839"),
    ("THD-03", "Đội hình Xe buýt số Thủ Đức", "squad", "TD-THD", "transport", "BX-MD", "BX-MD", "26830"),
    ("Q1-01", "Đội hình Dịch vụ công phường Bến Nghé", "squad", "QD-01", "public", "MC-26740", "HC-26740", "26740"),
    ("Q1-02", "Đội hình Chợ không tiền mặt Bến Thành", "squad", "QD-01", "market", "CHO-BT", "CHO-BT", "26743"),
    ("Q1-03", "Đội hình Xe buýt số Quận 1", "squad", "QD-01", "transport", "BX-BT", "BX-BT", "26752"),
    ("Q5-01", "Đội hình Dịch vụ công Phường 14", "squad", "QD-05", "public", "MC-27331", "HC-27343", "27331"),
    ("Q5-02", "Đội hình Chợ không tiền mặt An Đông", "squad", "QD-05", "market", "CHO-AD", "CHO-AD", "27304"),
    ("BTA-01", "Đội hình Dịch vụ công phường An Lạc", "squad", "QD-BTA", "public", "MC-27460", "HC-27460", "27460"),
    ("BTA-02", "Đội hình Xe buýt số Bến xe Miền Tây", "squad", "QD-BTA", "transport", "BX-MT", "BX-MT", "27460"),
    ("CC-01", "Tổ công nghệ số cộng đồng TT Củ Chi", "digital", "HD-CC", "public", "MC-27496", "HC-27553", "27496"),
    ("CC-02", "Tổ công nghệ số cộng đồng xã Bình Mỹ", "digital", "HD-CC", "public", "MC-27550", "HC-27544", "27550"),
    ("CG-01", "Tổ công nghệ số cộng đồng TT Cần Thạnh", "digital", "HD-CG", "public", "MC-27664", "HC-27664", "27664"),
    ("SV-01", "Đội hình sinh viên Chuyển đổi số 1", "student", "DH-MAU", "public", "MC-26800", "HC-26800", ""),
    ("SV-02", "Đội hình sinh viên Chuyển đổi số 2", "student", "DH-MAU", "transport", "BX-SV", "BX-SV", ""),
    ("SV-03", "Đội hình sinh viên An toàn mạng", "student", "DH-MAU", "safety", "", "", ""),
    ("SV-04", "Đội hình sinh viên trực hỗ trợ trực tuyến (giả định)", "student", "DH-MAU", "online", "", "", ""),
]  # fmt: skip
TEAMS = [
    *(
        TeamSeed(
            f"XK-BC-{n:02d}",
            f"Tổ thanh niên xung kích {c.name}",
            "squad",
            f"BC-{c.short}",
            "public",
            f"MC-{c.code}",
            f"HC-{c.today}",
            c.code,
        )
        for n, c in enumerate(COMMUNES, start=1)
    ),
    TeamSeed(
        "XK-BC-17",
        "Tổ thanh niên xung kích cơ động huyện (giả định)",
        "squad",
        BINH_CHANH,
        "public",
        "",
        "",
        is_assumed=True,
        note=ASSUMED_SQUAD,
    ),
    *(
        TeamSeed(f"NH-BV-{n}", f"Đội hình Bệnh viện không tiền mặt {n}", "project", f"NH-{n:02d}", "bank", code, code)
        for n, code in enumerate(HOSPITALS, start=1)
    ),
    *(
        TeamSeed(
            f"DCD-CG-{n}",
            f"Đội hình tư vấn chuyên môn {field}",
            "expert",
            f"DCD-{n:02d}",
            "advice",
            f"MC-{COMMUNES[n].code}",
            "HC-TP",
            field=field,
            note="Đến địa phương khi có yêu cầu.",
        )
        for n, field in enumerate(FIELDS, start=1)
    ),
    *(
        TeamSeed(f"CA-TM-{n}", f"Đội hình Công an trẻ vì thanh toán an toàn {n}", "project", "CA-TP", "police", p, p)
        for n, p in enumerate(["CHO-BT", "CHO-BC", "BX-MT"], start=1)
    ),
    *(
        TeamSeed(f"CA-CNC-{n}", f"Đội hình phòng ngừa tội phạm công nghệ cao {n}", "project", "CA-TP", "safety", "", "")
        for n in (1, 2)
    ),
    TeamSeed("HT-PM", "Đội hình chuyển giao phần mềm, văn phòng điện tử", "expert", "TT-KHCN", "software", "", ""),
    TeamSeed("HT-SH", "Đội hình số hóa dữ liệu", "expert", "TT-KHCN", "digitise", "", ""),
    TeamSeed("HT-TH", "Đội hình tập huấn năng lực số", "expert", "TT-KHCN", "training", "", ""),
    *(TeamSeed(*row) for row in _OTHERS),
]

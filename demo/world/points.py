"""Support points of both maps. The places exist; that volunteers stood there is invented, and the address says so."""

import datetime as dt
from typing import NamedTuple

from demo.world.organisation import BINH_CHANH, CITY, COMMUNES, REFORM, SINCE

OPENS, CLOSES = dt.time(7, 30), dt.time(17, 0)
LAST_OLD_DAY = REFORM - dt.timedelta(days=1)
INVENTED = "Điểm giả định của dữ liệu mẫu"


class PointSeed(NamedTuple):
    code: str
    name: str
    kind: str
    unit: str
    area: str
    valid_from: dt.date
    valid_to: dt.date | None
    address: str = INVENTED


def _old(code: str, name: str, unit: str) -> PointSeed:
    return PointSeed(f"MC-{code}", f"Bộ phận Một cửa UBND {name}", "one_stop", unit, code, SINCE, LAST_OLD_DAY)


def _new(code: str, name: str, unit: str) -> PointSeed:
    return PointSeed(f"HC-{code}", f"Trung tâm Phục vụ hành chính công {name}", "one_stop", unit, code, REFORM, None)


def _lasting(code: str, name: str, kind: str, unit: str, old_area: str, new_area: str) -> list[PointSeed]:
    """A place that outlived the reform: one code, two rows, since the commune around it changed."""
    return [
        PointSeed(code, name, kind, unit, old_area, SINCE, LAST_OLD_DAY),
        PointSeed(code, name, kind, unit, new_area, REFORM, None),
    ]


_TODAY_BINH_CHANH = {
    "27595": "xã Tân Nhựt",
    "27601": "xã Vĩnh Lộc",
    "27604": "xã Tân Vĩnh Lộc",
    "27610": "xã Bình Lợi",
    "27619": "xã Bình Hưng",
    "27628": "xã Hưng Long",
    "27637": "xã Bình Chánh",
}
POINTS = [
    *(_old(c.code, c.name, f"BC-{c.short}") for c in COMMUNES),
    *(_new(code, name, BINH_CHANH) for code, name in _TODAY_BINH_CHANH.items()),
    _old("26815", "phường Linh Chiểu", "TD-THD"),
    _old("26839", "phường Hiệp Phú", "TD-THD"),
    _old("26740", "phường Bến Nghé", "QD-01"),
    _old("27331", "Phường 14, Quận 5", "QD-05"),
    _old("27460", "phường An Lạc", "QD-BTA"),
    _old("27496", "thị trấn Củ Chi", "HD-CC"),
    _old("27550", "xã Bình Mỹ", "HD-CC"),
    _old("27664", "thị trấn Cần Thạnh", "HD-CG"),
    _old("26800", "phường Linh Trung", "DHQG"),
    _new("26824", "phường Thủ Đức", "TD-THD"),
    _new("26842", "phường Tăng Nhơn Phú", "TD-THD"),
    _new("26740", "phường Sài Gòn", "QD-01"),
    _new("27343", "phường Chợ Lớn", "QD-05"),
    _new("27460", "phường An Lạc", "QD-BTA"),
    _new("27553", "xã Củ Chi", "HD-CC"),
    _new("27544", "xã Bình Mỹ", "HD-CC"),
    _new("27664", "xã Cần Giờ", "HD-CG"),
    _new("26800", "phường Linh Xuân", "DHQG"),
    PointSeed(
        "HC-TP",
        "Trung tâm Phục vụ hành chính công Thành phố",
        "one_stop",
        CITY,
        "26824",
        dt.date(2025, 12, 29),
        None,
        "43 Nguyễn Văn Bá, phường Thủ Đức",
    ),
    *_lasting("BV-CR", "Bệnh viện Chợ Rẫy", "hospital", "K-NH", "27310", "27343"),
    *_lasting("BV-115", "Bệnh viện Nhân dân 115", "hospital", "K-NH", "27136", "27163"),
    *_lasting("BV-ND1", "Bệnh viện Nhi đồng 1", "hospital", "K-NH", "27145", "27190"),
    *_lasting("BV-TD", "Bệnh viện Từ Dũ", "hospital", "K-NH", "26758", "26758"),
    *_lasting("BV-NDTP", "Bệnh viện Nhi đồng Thành phố", "hospital", "K-NH", "27616", "27457"),
    *_lasting("BV-BC", "Bệnh viện huyện Bình Chánh", "hospital", "K-NH", "27595", "27595"),
    *_lasting("CHO-BT", "Chợ Bến Thành", "market", "QD-01", "26743", "26743"),
    *_lasting("CHO-AD", "Chợ An Đông", "market", "QD-05", "27304", "27316"),
    *_lasting("CHO-BC", "Chợ Bình Chánh", "market", BINH_CHANH, "27637", "27637"),
    *_lasting("BX-MT", "Bến xe Miền Tây", "bus_station", "QD-BTA", "27460", "27460"),
    *_lasting("BX-MD", "Bến xe Miền Đông mới", "bus_station", "TD-THD", "26830", "26833"),
    *_lasting("BX-BT", "Trạm xe buýt Bến Thành", "bus_station", "QD-01", "26743", "26743"),
    *_lasting("BX-SV", "Bến xe buýt Đại học Quốc gia", "bus_station", "DHQG", "26800", "26800"),
]

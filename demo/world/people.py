"""Invented volunteers and demo accounts. Nobody here exists, and each name says so: “Mẫu” is a sample."""

import random
from typing import NamedTuple

from demo.world.organisation import BANKS, BINH_CHANH, CITY

FAMILY_NAMES = ["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương"]
MIDDLE_NAMES = ["Văn", "Thị", "Minh", "Ngọc", "Thanh", "Quốc", "Hoàng", "Thu", "Đức", "Kim"]
# The same for every account, printed by `make run`: this world holds no secret, and only answers this machine.
PASSWORD = "tuoi-tre-xung-kich"  # noqa: S105
TEAM = "XK-BC-04"


class AccountSeed(NamedTuple):
    username: str
    full_name: str
    role: str
    unit: str | None
    team: str | None = None


CITY_ACCOUNT = "demo.thanhdoan"
ACCOUNTS = [
    AccountSeed(CITY_ACCOUNT, "Cán bộ Mẫu Thành Đoàn", "city_staff", CITY),
    AccountSeed("demo.binhchanh", "Cán bộ Mẫu Huyện Đoàn Bình Chánh", "unit_staff", BINH_CHANH),
    AccountSeed("demo.nganhang", "Cán bộ Mẫu Đoàn khối Ngân hàng", "unit_staff", BANKS),
    AccountSeed("demo.doitruong", "Đội trưởng Mẫu xã Vĩnh Lộc B", "team_leader", None, TEAM),
    AccountSeed("demo.doitruong.nganhang", "Đội trưởng Mẫu Bệnh viện 1", "team_leader", None, "NH-BV-1"),
    AccountSeed("demo.xem", "Người xem Mẫu", "viewer", CITY),
    AccountSeed("demo.api", "Hệ thống khác Mẫu (API)", "api_client", CITY),
]

# The communes that Huyện Đoàn Bình Chánh became: codes of their units since 2025-07-01.
BINH_CHANH_TODAY = [f"PX-{code}" for code in ("27595", "27601", "27604", "27610", "27619", "27628", "27637")]
SINCE_THE_REFORM = [
    *(("demo.binhchanh", "unit_staff", unit) for unit in BINH_CHANH_TODAY),
    ("demo.binhchanh", "viewer", BINH_CHANH),
]


def leader_of(team_code: str, team_name: str) -> AccountSeed:
    return AccountSeed(f"demo.dt.{team_code.lower()}", f"Đội trưởng Mẫu · {team_name}", "team_leader", None, team_code)


def volunteers_of(team_code: str) -> list[dict]:
    """Six to ten invented people; the same ones at every call."""
    rng = random.Random(f"volunteers {team_code}")
    return [
        {
            "code": f"{team_code}-{number:02d}",
            "full_name": f"{rng.choice(FAMILY_NAMES)} {rng.choice(MIDDLE_NAMES)} Mẫu {number:02d}",
        }
        for number in range(1, rng.randint(6, 10) + 1)
    ]

"""Campaigns, their services, days and targets. Figures of targets are invented; dates that no source gives say so."""

import datetime as dt
from typing import NamedTuple

from demo.world.organisation import BANKS, BINH_CHANH, CITY, REFORM, TEAMS, TeamSeed

# The article gives no day; its picture was made on this one.
PEAK_DAY = dt.date(2023, 3, 26)
QUIET_DAYS = [dt.date(2023, 3, day) for day in (22, 23, 24)]
YOUTH_MONTH = "TTN-2023"
PEAK = "NCD-2023"
TODAY = "HT-2CAP"
SAMPLE = "Dữ liệu mẫu: người, số liệu và phân công là giả định."


class CampaignSeed(NamedTuple):
    code: str
    name: str
    kind: str
    owner: str
    starts_on: dt.date
    ends_on: dt.date | None
    status: str
    parent: str | None = None
    theme: str = ""
    description: str = SAMPLE
    plan_number: str = ""
    goals: tuple[str, ...] = ()
    # Codes of services or of whole groups; none: everything that is valid.
    services: tuple[str, ...] = ()


CAMPAIGNS = [
    CampaignSeed(
        YOUTH_MONTH,
        "Tháng Thanh niên năm 2023",
        "youth_month",
        CITY,
        dt.date(2023, 2, 26),
        dt.date(2023, 3, 31),
        "closed",
        theme="Tuổi trẻ thành phố tiên phong chuyển đổi số",
        goals=("QD2393-DVC", "QD2393-KTS", "QD2393-XHS"),
    ),
    CampaignSeed(
        PEAK,
        "Ngày hoạt động cao điểm tình nguyện hỗ trợ người dân thực hiện dịch vụ công trực tuyến",
        "peak",
        CITY,
        PEAK_DAY,
        PEAK_DAY,
        "closed",
        parent=YOUTH_MONTH,
        theme="Tuyên truyền xây dựng văn hóa công vụ, sử dụng tài khoản thanh toán điện tử",
        description=f"{SAMPLE} Ngày 26/3/2023 là giả định, bài báo không nêu ngày.",
        goals=("QD2393-DVC", "QD2393-KTS", "QD2393-XHS"),
        services=("DVC", "DDT", "TTS", "GTS-TTGT", "GTS-BUS", "GTS-THE", "KNS-LD", "CQS", "TTG"),
    ),
    CampaignSeed(
        "TXK-BC-2023",
        "17 tổ thanh niên xung kích hướng dẫn dịch vụ công trực tuyến tại các xã của Bình Chánh",
        "project",
        BINH_CHANH,
        dt.date(2023, 2, 26),
        dt.date(2023, 3, 31),
        "closed",
        parent=YOUTH_MONTH,
        goals=("QD2393-DVC", "QD2393-XHS"),
        services=("DVC", "DDT", "KNS-LD", "TTG"),
    ),
    CampaignSeed(
        "NH-BV",
        "Tuyên truyền thanh toán không dùng tiền mặt trong bệnh viện",
        "project",
        BANKS,
        dt.date(2022, 1, 1),
        None,
        "active",
        description=f"{SAMPLE} Công trình có từ đầu năm 2022; ngày 01/01/2022 là giả định.",
        goals=("QD2393-KTS",),
        services=("TTS-YT", "TTS-TK", "TTS-VI", "TTS-QR", "TTS-DV"),
    ),
    CampaignSeed(
        "DCD-TV",
        "Cán bộ, công chức, viên chức trẻ xung kích hỗ trợ, tư vấn chuyên môn, nghiệp vụ "
        "trong lĩnh vực quản lý nhà nước",
        "programme",
        "K-DCD",
        dt.date(2023, 1, 1),
        None,
        "active",
        description=f"{SAMPLE} Đội hình đến địa phương theo yêu cầu, chín lĩnh vực; ngày bắt đầu là giả định.",
        goals=("QD2393-DL", "QD2393-DVC"),
        services=("CQS-TV", "CQS-PM", "CQS-TH", "TTG-VHCV"),
    ),
    CampaignSeed(
        "CA-ATTT",
        "Thanh toán không tiền mặt, phòng cướp giật, “tín dụng đen” và tội phạm công nghệ cao",
        "programme",
        "CA-TP",
        dt.date(2023, 1, 1),
        None,
        "active",
        description=f"{SAMPLE} Ngày bắt đầu là giả định.",
        goals=("QD2393-KTS", "QD2393-ATTT"),
        services=("TTS-TDD", "TTS-TK", "TTS-VI", "TTS-QR", "KNS-LD", "KNS-TE", "DDT", "TTG-TL"),
    ),
    CampaignSeed(
        "HT-CQ-2023",
        "Hỗ trợ cơ quan, đơn vị: chuyển giao phần mềm, số hóa dữ liệu, tập huấn năng lực số",
        "programme",
        "TT-KHCN",
        dt.date(2023, 2, 26),
        dt.date(2023, 3, 31),
        "closed",
        parent=YOUTH_MONTH,
        goals=("QD2393-DL", "QD2393-ATTT"),
        services=("CQS", "KNS-LD", "TTG-VHCV"),
    ),
    CampaignSeed(
        TODAY,
        "Đội hình hỗ trợ vận hành chính quyền địa phương 2 cấp và dịch vụ công trực tuyến",
        "programme",
        CITY,
        dt.date(2025, 7, 1),
        None,
        "active",
        theme="Tuổi trẻ thành phố đồng hành cùng người dân chuyển đổi số",
        plan_number="392-KH/TWĐTN-CTTTN",
        goals=("QD2393-DVC", "QD2393-DL", "QD2393-KTS", "QD2393-XHS", "QD2393-ATTT"),
    ),
]
# Each: campaign, unit, measure, value, name.
TARGETS = [
    (YOUTH_MONTH, CITY, "people", 6000, "Lượt người dân được hỗ trợ"),
    (YOUTH_MONTH, CITY, "HS_NOP", 700, "Hồ sơ nộp trực tuyến"),
    (YOUTH_MONTH, CITY, "TK_NH", 300, "Tài khoản thanh toán mở mới"),
    (YOUTH_MONTH, CITY, "SH", 10_000, "Trang, hồ sơ số hóa"),
    (YOUTH_MONTH, BINH_CHANH, "people", 1800, "Lượt người dân được hỗ trợ"),
    (YOUTH_MONTH, BINH_CHANH, "HS_NOP", 250, "Hồ sơ nộp trực tuyến"),
    (YOUTH_MONTH, BANKS, "people", 800, "Lượt người dân được hỗ trợ"),
    (YOUTH_MONTH, BANKS, "TK_NH", 120, "Tài khoản thanh toán mở mới"),
    (YOUTH_MONTH, "K-DCD", "TV", 120, "Lượt tư vấn cơ quan"),
    (YOUTH_MONTH, "CA-TP", "people", 700, "Lượt người dân được hỗ trợ"),
    (PEAK, CITY, "people", 5000, "Lượt người dân được hỗ trợ trong ngày"),
    (PEAK, BINH_CHANH, "people", 1500, "Lượt người dân được hỗ trợ trong ngày"),
    (PEAK, BANKS, "people", 600, "Lượt người dân được hỗ trợ trong ngày"),
    (TODAY, CITY, "people", 5000, "Lượt người dân được hỗ trợ"),
    (TODAY, "PX-27604", "people", 500, "Lượt người dân được hỗ trợ"),
    (TODAY, "PX-27637", "people", 400, "Lượt người dân được hỗ trợ"),
]
Shift = tuple[dt.time, dt.time]
SHIFTS: tuple[Shift, ...] = ((dt.time(7, 30), dt.time(11, 30)), (dt.time(13, 0), dt.time(17, 0)))
# Those who answer questions online take turns around the clock: whoever opens the portal at night sees it at work.
AROUND_THE_CLOCK: tuple[Shift, ...] = (
    *((dt.time(hour, 10), dt.time(hour + 4)) for hour in range(0, 20, 4)),
    (dt.time(20, 10), dt.time(23, 50)),
)
# Who works on a quiet day of March 2023, and for which programme.
QUIET_WORK = {
    "TXK-BC-2023": ("XK-BC-01", "XK-BC-03", "XK-BC-04", "XK-BC-09", "XK-BC-15", "XK-BC-17"),
    "NH-BV": ("NH-BV-1", "NH-BV-2", "NH-BV-6"),
    "DCD-TV": ("DCD-CG-1", "DCD-CG-5", "DCD-CG-9"),
    "CA-ATTT": ("CA-TM-1", "CA-CNC-1"),
    "HT-CQ-2023": ("HT-PM", "HT-SH"),
}
# Who works on a day of the present: some every day, the others in turns.
DAYS_BEFORE, DAYS_AFTER = 6, 6
DAILY_TODAY = (
    *("XK-BC-04", "XK-BC-01", "XK-BC-09", "XK-BC-10", "XK-BC-12", "XK-BC-15", "XK-BC-17"),
    *("NH-BV-1", "Q1-01", "SV-04"),
)
TURNS_TODAY = (
    ("XK-BC-02", "NH-BV-2", "THD-01", "Q5-01", "BTA-02", "CA-TM-1"),
    ("XK-BC-03", "NH-BV-6", "THD-02", "CC-01", "Q1-02", "CA-CNC-1"),
)


def days_of_work(today: dt.date) -> list[dt.date]:
    """Every day on which somebody is sent out, as seen from ``today``."""
    around = [today + dt.timedelta(days=offset) for offset in range(-DAYS_BEFORE, DAYS_AFTER + 1)]
    return [*QUIET_DAYS, PEAK_DAY, *around]


def work_on(day: dt.date) -> list[tuple[str, tuple[str, ...]]]:
    """(campaign, teams) of a day of work. A function of the day alone: seeding and replay agree on it for ever."""
    if day == PEAK_DAY:
        return [(PEAK, tuple(seed.code for seed in TEAMS))]
    if day < REFORM:
        return list(QUIET_WORK.items()) if day in QUIET_DAYS else []
    return [(TODAY, DAILY_TODAY + TURNS_TODAY[day.toordinal() % len(TURNS_TODAY)])]


def shifts_of(team: TeamSeed, day: dt.date) -> tuple[Shift, ...]:
    return AROUND_THE_CLOCK if team.work == "online" and day >= REFORM else SHIFTS


def point_code(team: TeamSeed, day: dt.date) -> str:
    """Where the team stands on ``day``; empty for a mobile one."""
    return team.point_today if day >= REFORM else team.point

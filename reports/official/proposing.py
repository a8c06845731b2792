"""What a new draft says before anybody has written: the form of the Union, and what the campaign knows of itself.

An official document is Vietnamese whatever language its reader has chosen, so its words are not translated.
"""

import datetime as dt
from dataclasses import dataclass, field

from campaigns.models import Campaign
from core.dated import today
from reports.official.models import SubjectKind, dates_of
from teams.models import Unit
from teams.models.units import UnitKind

WORK = "hoạt động tình nguyện hỗ trợ người dân chuyển đổi số"
CITY_RECIPIENTS = "- Ban Bí thư TW Đoàn (để b/c);\n- Các cơ sở Đoàn trực thuộc;\n- Lưu: VP."


@dataclass(frozen=True)
class Subject:
    """Whose work of when: what a draft is about, before there is one."""

    unit: Unit
    kind: str
    campaign: Campaign | None = None
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    figures: str = "all"

    def fields(self) -> dict:
        names = ("unit", "kind", "campaign", "starts_on", "ends_on", "figures")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class _Form:
    """How a level of the Union heads and signs what it sends."""

    issuer: str
    speaker: str
    symbol: str
    authority: str
    post: str
    recipients: str
    addressee: str = field(default="")


def proposed(subject: Subject) -> dict[str, str]:
    """Text by field of the draft; what is not among them is for a person to write."""
    form = _form(subject.unit)
    return {
        "issuer": form.issuer,
        "symbol": form.symbol,
        "place": "TP. Hồ Chí Minh",
        "subject": _title(subject),
        "addressee": form.addressee,
        "opening": _opening(subject, form.speaker),
        "steering": _steering(subject),
        "recipients": form.recipients,
        "authority": form.authority,
        "post": form.post,
    }


def _form(unit: Unit) -> _Form:
    if unit.kind == UnitKind.CITY:
        return _Form(
            issuer="BAN CHẤP HÀNH ĐOÀN TP.\u00a0HỒ CHÍ MINH",  # not broken within the city's name
            speaker="Ban Thường vụ Thành Đoàn",
            symbol="BC/TĐTN-VP",
            authority="TM. BAN THƯỜNG VỤ THÀNH ĐOÀN",
            post="PHÓ BÍ THƯ",
            recipients=CITY_RECIPIENTS,
        )
    parent = unit.parent_on(today())
    above = parent.name if parent else ""
    head = f"{above.upper()}\n" if above else ""
    told = f"- {above} (để b/c);\n" if above else ""
    return _Form(
        issuer=f"{head}BCH {unit.name.upper()}",
        speaker=f"Ban Thường vụ {unit.name}",
        symbol="BC/ĐTN",
        authority="TM. BAN THƯỜNG VỤ",
        post="BÍ THƯ",
        recipients=f"{told}- Các cơ sở Đoàn trực thuộc;\n- Lưu: VP.",
        addressee=f"Ban Thường vụ {above}" if above else "",
    )


def _title(subject: Subject) -> str:
    dates, campaign = dates_of(subject), subject.campaign
    about = f"thực hiện {campaign.name}" if campaign else WORK
    if subject.kind == SubjectKind.DAY and subject.starts_on:
        named = campaign.days.filter(day=subject.starts_on).values_list("name", flat=True).first() if campaign else ""
        return f"Kết quả {named or about} ngày {dates}"
    if subject.kind == SubjectKind.PERIOD:
        return f"Kết quả {about} từ ngày {subject.starts_on:%d/%m/%Y} đến ngày {subject.ends_on:%d/%m/%Y}"
    return f"Kết quả {about}"


def _opening(subject: Subject, speaker: str) -> str:
    campaign = subject.campaign
    if campaign and campaign.plan_number:
        reason = f"Thực hiện Kế hoạch số {campaign.plan_number} về {campaign.name}, "
    elif campaign:
        reason = f"Thực hiện {campaign.name}, "
    else:
        reason = ""
    return f"{reason}{speaker} báo cáo kết quả như sau:"


def _steering(subject: Subject) -> str:
    campaign = subject.campaign
    if campaign is None:
        return ""
    lines = []
    if campaign.plan_number:
        lines.append(f"- Ban hành Kế hoạch số {campaign.plan_number} về {campaign.name}.")
    if campaign.theme:
        lines.append(f"- Chủ đề: {campaign.theme}.")
    if goals := [goal.name for goal in campaign.goals.all()]:
        lines.append("- Phục vụ các mục tiêu của Chương trình chuyển đổi số thành phố: " + "; ".join(goals) + ".")
    return "\n".join(lines)

"""Of what a figure is the figure: the cell and the question in words."""

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from reports.explain import cells
from reports.explain.explanation import Explanation
from reports.stats.dimensions import DIMENSIONS
from services_help.models import Service
from teams.models import Unit


def conditions(why: Explanation) -> list[tuple[str, str]]:
    """(what, which), the cell first."""
    return [*_cell(why), *_scope(why), *_period(why), *_filters(why)]


def value_of(why: Explanation, dimension: str) -> str:
    """A name only where there is something: otherwise it would tell that a thing of another exists."""
    code = why.asked.at[dimension]
    if why.is_empty:
        return code or "–"
    return cells.label(why.cell, dimension)


def _cell(why: Explanation) -> list[tuple[str, str]]:
    return [(str(DIMENSIONS[code].label), value_of(why, code)) for code in why.asked.at]


def _scope(why: Explanation) -> list[tuple[str, str]]:
    pk = why.cell.plan.scope.unit
    if why.asked.query.unit is None or pk is None:
        return [] if "unit" in why.asked.at else [(_("Phạm vi"), _("Tất cả trong phạm vi của bạn"))]
    return [(_("Trong đơn vị"), Unit.objects.get(pk=pk).name)]


def _period(why: Explanation) -> list[tuple[str, str]]:
    start, end = why.asked.query.start, why.asked.query.end
    if start and start == end:
        return [] if "day" in why.asked.at else [(_("Ngày"), day_text(start))]
    words = {"start": start and day_text(start), "end": end and day_text(end)}
    if start and end:
        return [(_("Thời gian"), _("từ %(start)s đến hết %(end)s") % words)]
    if start:
        return [(_("Thời gian"), _("từ %(start)s") % words)]
    return [(_("Thời gian"), _("đến hết %(end)s") % words if end else _("mọi ngày"))]


def day_text(day: dt.date) -> str:
    return date_format(day, "j M Y" if get_language() == "en" else "d/m/Y")


def _filters(why: Explanation) -> list[tuple[str, str]]:
    query, found = why.asked.query, []
    if query.campaign:
        names = Campaign.objects.filter(code__in=query.campaign).values_list("name", flat=True)
        found.append((_("Chiến dịch và những gì thuộc về"), ", ".join(names)))
    if query.service:
        services = Service.objects.filter(code__in=query.service)
        found.append((_("Chỉ dịch vụ"), ", ".join(service.label for service in services)))
    if query.state == "approved":
        found.append((_("Tình trạng"), _("chỉ số liệu đã duyệt hoặc đã khóa")))
    if query.hierarchy == "as_is":
        found.append((_("Cách xếp đơn vị"), _("theo cây đơn vị hôm nay")))
    return found

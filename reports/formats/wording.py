"""The words of a file of figures: its name, and the question and its answer told to whoever finds it later."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import quote

from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from reports.formats.digest import digest_of
from reports.stats.dimensions import DIMENSIONS
from reports.stats.engine import Answer
from reports.stats.query import StatsQuery
from services_help.models import SessionState


def file_name(query: StatsQuery) -> str:
    """A name that a person recognises in the downloads; no path, no sign that a system forbids in file names."""
    parts = [_("Thống kê")]
    if query.by:
        parts.append(_("theo %(dimensions)s") % {"dimensions": ", ".join(str(DIMENSIONS[c].label) for c in query.by)})
    days = sorted({day.isoformat() for day in (query.start, query.end) if day})
    return " ".join([*parts, *days]).lower()


def disposition(query: StatsQuery, extension: str) -> str:
    """The header that names the download: in Vietnamese, and in ASCII for old programs."""
    name = file_name(query)
    plain = slugify(name.replace("Đ", "D").replace("đ", "d"))
    return f"attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{quote(f'{name}.{extension}')}"


def title(answer: Answer) -> str:
    """What the figures are: “Lượt người, Ca hỗ trợ theo Đơn vị, Ngày”."""
    what = ", ".join(str(measure.label) for measure in answer.measures)
    if not answer.dimensions:
        return what
    by = ", ".join(str(DIMENSIONS[code].label) for code in answer.dimensions)
    return _("%(what)s theo %(dimensions)s") % {"what": what, "dimensions": by}


def question(answer: Answer) -> Iterator[tuple[str, str]]:
    """The question in words: (what, how it was understood)."""
    asked = answer.query
    yield _("Số liệu"), title(answer)
    yield _("Đơn vị"), asked["unit"] or _("Cả phạm vi của người hỏi")
    if "unit" in answer.dimensions:
        yield _("Mỗi dòng"), _depths()[asked["depth"]]
    yield _("Thời gian"), _period(asked["from"], asked["to"])
    yield _("Chiến dịch"), ", ".join(asked["campaign"]) or _("Tất cả, gồm cả việc ngoài chiến dịch")
    yield _("Dịch vụ"), ", ".join(asked["service"]) or _("Tất cả")
    yield _("Cây đơn vị"), _hierarchies()[asked["hierarchy"]]
    yield _("Tình trạng được hỏi"), _states()[asked["state"]]


def standing(answer: Answer) -> Iterator[tuple[str, str]]:
    """How fresh and how certain: (what, value)."""
    fresh = answer.freshness
    yield (
        _("Tính đến"),
        f"{timezone.localtime(fresh['as_of']):%H:%M:%S %d/%m/%Y}" if fresh["as_of"] else _("chưa có gì"),
    )
    yield _("Tình trạng số liệu"), str(SessionState(fresh["state"]).label) if fresh["state"] else _("không có số liệu")
    yield _("Thay đổi chưa tính"), str(fresh["pending"])
    yield _("Chờ lâu nhất (giây)"), str(fresh["lag_seconds"])
    yield _("Mã kiểm (digest)"), digest_of(answer)


def _period(start: str | None, end: str | None) -> str:
    first, last = (f"{dt.date.fromisoformat(day):%d/%m/%Y}" if day else None for day in (start, end))
    if first and last:
        return _("Từ %(first)s đến hết %(last)s") % {"first": first, "last": last}
    if first:
        return _("Từ %(first)s") % {"first": first}
    return _("Đến hết %(last)s") % {"last": last} if last else _("Từ đầu đến nay")


def _depths() -> dict[str, str]:
    return {
        "self": _("Chính đơn vị, gồm cấp dưới"),
        "children": _("Cấp dưới trực tiếp; đội hình của chính đơn vị đứng dưới tên đơn vị"),
        "descendants": _("Từng đơn vị ở mọi cấp, không cộng cấp dưới"),
    }


def _hierarchies() -> dict[str, str]:
    return {"as_was": _("Theo đơn vị vào ngày hỗ trợ"), "as_is": _("Theo đơn vị hôm nay")}


def _states() -> dict[str, str]:
    return {"all": _("Tất cả"), "approved": _("Chỉ số đã duyệt hoặc đã khóa")}

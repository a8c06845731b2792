"""Loading boundaries of areas, and taking them away again."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import audit
from core.errors import DomainError
from core.models import Revision
from teams import geojson
from teams.access import Access
from teams.models import AdminArea, AreaBoundary
from teams.permissions import Right


class BadBoundaries(DomainError):
    """The file cannot be used; ``faults`` says why, one line each."""

    code = "bad_boundaries"
    status = 400

    def __init__(self, faults: list[str]):
        super().__init__(_("Chưa nạp được tệp này: không ranh giới nào được thay đổi."))
        self.faults = faults


def load_boundaries(*, data: bytes, day: dt.date, source: str, access: Access) -> int:
    """Give the areas valid on ``day`` the boundaries of a GeoJSON file: all of it or nothing. Returns how many.

    Areas that the file does not name keep theirs; the same file again changes nothing.
    """
    access.require(Right.CATALOGUE_MANAGE)
    if len(data) > geojson.MOST_BYTES:
        size = geojson.MOST_BYTES // 2**20
        raise BadBoundaries([_("Tệp lớn hơn %(size)s MB. Hãy giảm bớt điểm rồi gửi lại.") % {"size": size}])
    reading = geojson.read(data)
    areas = {area.code: area for area in AdminArea.objects.on(day)}
    unknown = sorted(set(reading.found) - set(areas))
    if unknown:
        reading.faults.append(_unknown(unknown, day))
    if reading.faults:
        raise BadBoundaries(reading.faults)
    return _store({areas[code]: polygons for code, polygons in reading.found.items()}, source=source, by=access.user)


def _unknown(codes: list[str], day: dt.date) -> str:
    words = {"count": len(codes), "day": f"{day:%d/%m/%Y}", "codes": ", ".join(codes[:8])}
    return (
        ngettext(
            "%(count)s mã không phải của phường, xã nào có hiệu lực ngày %(day)s: %(codes)s",
            "%(count)s mã không phải của phường, xã nào có hiệu lực ngày %(day)s: %(codes)s",
            len(codes),
        )
        % words
    )


@transaction.atomic
def _store(found: dict[AdminArea, geojson.Polygons], *, source: str, by) -> int:
    known = {row.area_id: row for row in AreaBoundary.objects.filter(area__in=found).select_for_update()}
    changed = [
        AreaBoundary(area=area, polygons=polygons, source=source, loaded_by=by)
        for area, polygons in found.items()
        if area.pk not in known or (known[area.pk].polygons, known[area.pk].source) != (polygons, source)
    ]
    if changed:
        AreaBoundary.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["area"],
            update_fields=["polygons", "source", "loaded_by", "loaded_at"],
            batch_size=50,
        )
        audit.record("teams.boundaries_loaded", by=by, target=changed[0].area, areas=len(changed), source=source)
        Revision.bump("org")
    return len(changed)


@transaction.atomic
def remove_boundaries(*, access: Access) -> int:
    """Take all of them away; the hexagons stay. Returns how many there were."""
    access.require(Right.CATALOGUE_MANAGE)
    first = AreaBoundary.objects.select_related("area").first()
    if first is None:
        return 0
    count, _by_model = AreaBoundary.objects.all().delete()
    audit.record("teams.boundaries_removed", by=access.user, target=first.area, areas=count)
    Revision.bump("org")
    return count

"""The slices that a command is about: some days, of some units."""

import argparse
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from core.dated import valid_on
from reports.models import TallySlice
from reports.proof.models import ProofKind
from reports.proof.schedule import known_units
from reports.stats.scope import find_unit
from reports.tallies.drift import all_months
from reports.tallies.slices import Slice, of_day
from teams.models import TeamHome, Unit, UnitAncestry

CHUNK = 500


def day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            _("“%(text)s” không phải một ngày (năm-tháng-ngày).") % {"text": text}
        ) from error


def add_arguments(parser) -> None:
    parser.add_argument("--from", dest="first", type=day, metavar="YYYY-MM-DD", help="từ ngày này")
    parser.add_argument("--to", dest="last", type=day, metavar="YYYY-MM-DD", help="đến hết ngày này")
    parser.add_argument("--day", type=day, metavar="YYYY-MM-DD", help="chỉ ngày này")
    parser.add_argument("--unit", metavar="MÃ", help="chỉ đơn vị này và mọi cấp dưới, theo tổ chức của từng ngày")


@dataclass(frozen=True)
class Range:
    first: dt.date | None = None
    last: dt.date | None = None
    unit: Unit | None = None

    @classmethod
    def of(cls, options: dict) -> "Range":
        first, last = options["first"], options["last"]
        if options["day"]:
            if first or last:
                raise CommandError(_("Dùng --day hoặc --from, --to, không dùng cả hai."), returncode=2)
            first = last = options["day"]
        if first and last and last < first:
            raise CommandError(_("--to phải từ ngày --from trở đi."), returncode=2)
        unit = None
        if options["unit"] and (unit := find_unit(options["unit"], first, last)) is None:
            raise CommandError(_("Không có đơn vị “%(unit)s”.") % {"unit": options["unit"]}, returncode=2)
        return cls(first, last, unit)

    @property
    def is_everything(self) -> bool:
        return self == Range()

    def days(self) -> list[dt.date]:
        known = sorted(unit.day for unit in known_units() if unit.kind == ProofKind.DAY)
        return [each for each in known if self._holds(each)]

    def months(self) -> list[dt.date]:
        """Those that are in the range as a whole or in part."""
        first = self.first and self.first.replace(day=1)
        return [each for each in all_months() if (not first or each >= first) and (not self.last or each <= self.last)]

    def _holds(self, each: dt.date) -> bool:
        return (not self.first or each >= self.first) and (not self.last or each <= self.last)

    def size(self) -> int:
        """About how many slices there are; what nobody has counted yet is missing."""
        slices = TallySlice.objects.all()
        if self.first:
            slices = slices.filter(day__gte=self.first)
        if self.last:
            slices = slices.filter(day__lte=self.last)
        if self.unit:
            teams = TeamHome.objects.filter(unit__ancestries__ancestor=self.unit).values("team")
            slices = slices.filter(team__in=teams)
        return slices.count()

    def pieces(self, chunk: int = CHUNK) -> Iterator[tuple[dt.date, list[Slice]]]:
        for each in self.days():
            teams = self.teams_on(each)
            for slices in of_day(each, chunk):
                if wanted := [one for one in slices if teams is None or one.team_id in teams]:
                    yield each, wanted

    def teams_on(self, each: dt.date) -> set[int] | None:
        """The teams under the unit on that day; None: all."""
        if self.unit is None:
            return None
        below = UnitAncestry.objects.on(each).filter(ancestor=self.unit).values("descendant")
        return set(TeamHome.objects.filter(valid_on(each), unit__in=below).values_list("team", flat=True))

import datetime as dt
import time
from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import outbox
from core.progress import ProgressBar
from reports.models import DayTally
from reports.proof import ranges
from reports.proof.ranges import Range
from reports.tallies.drift import MONTH_CHUNK, Difference, compare, compare_month, teams_of_month
from reports.tallies.slices import PARKED, STALE
from reports.tallies.words import describe_all

SHOWN = 50
POLL_SECONDS = 0.2
DIFFERS, UNCERTAIN = 1, 2


class Command(BaseCommand):
    help = (
        "Đếm lại số liệu từ nhật ký gốc và so với số tổng hợp, toàn bộ hoặc một phần. Mã thoát: 0 khớp, 1 có ô lệch, "
        "2 chưa nói được (còn việc chờ, tham số sai)."
    )

    def add_arguments(self, parser):
        ranges.add_arguments(parser)
        parser.add_argument("--wait", type=float, default=30, metavar="SECONDS", help="chờ hàng đợi xử lý xong, tối đa")
        parser.add_argument("--progress", action="store_true", help="hiện tiến độ dù không chạy trên màn hình lệnh")

    def handle(self, *args, wait: float, progress: bool, **options):
        wanted = Range.of(options)
        if waiting := _wait_until_drained(wait):
            text = ngettext("còn %(count)s việc chờ xử lý", "còn %(count)s việc chờ xử lý", waiting)
            message = text % {"count": waiting} + " " + _("(tiến trình nền có đang chạy không?)")
            raise CommandError(message, returncode=UNCERTAIN)
        bar = ProgressBar(self.stdout, _("lát")) if progress or self.stdout.isatty() else None
        found = self._compare(wanted, bar)
        if found > SHOWN:
            raise CommandError(_("Số tổng hợp lệch ở hơn %(count)s ô.") % {"count": SHOWN}, returncode=DIFFERS)
        if found:
            raise CommandError(_("Số tổng hợp lệch ở %(count)s ô.") % {"count": found}, returncode=DIFFERS)
        rows = DayTally.objects.count()
        self.stdout.write(_("Khớp: mọi số tổng hợp bằng số đếm lại từ gốc (%(rows)s dòng theo ngày).") % {"rows": rows})

    def _compare(self, wanted: Range, bar: ProgressBar | None) -> int:
        """The number of cells that differ, told as they are found; it stops a little above what it shows."""
        found, at = 0, None
        try:
            for day, differences in _differences(wanted, bar):
                at, found = day, found + len(differences)
                for words in describe_all(differences[: max(SHOWN - found + len(differences), 0)]):
                    self.stdout.write(words)
                if found > SHOWN:
                    break
        except KeyboardInterrupt:
            if at:
                self.stdout.write(_("Dừng giữa chừng. Chạy tiếp: --from %(day)s") % {"day": at.isoformat()})
            raise
        return found


def _differences(wanted: Range, bar: ProgressBar | None) -> Iterator[tuple[dt.date, list[Difference]]]:
    done, in_all = 0, wanted.size()
    for day, slices in wanted.pieces():
        yield day, compare(day, slices).differences
        done += len(slices)
        if bar:
            bar(done, max(in_all, done + 1))
    for month in wanted.months():
        under = wanted.teams_on(month)
        teams = [team for team in teams_of_month(month) if under is None or team in under]
        for start in range(0, len(teams), MONTH_CHUNK):
            yield month, compare_month(month, teams[start : start + MONTH_CHUNK]).differences
    if bar:
        bar(done, done)


def _wait_until_drained(seconds: float) -> int:
    """Number of promised refreshes that are still waiting when the time is over."""
    deadline = time.monotonic() + seconds
    while waiting := sum(outbox.pending(topic)[0] for topic in (STALE, PARKED)):
        if time.monotonic() >= deadline:
            return waiting
        time.sleep(POLL_SECONDS)
    return 0

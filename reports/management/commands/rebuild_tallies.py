import datetime as dt

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from core.progress import ProgressBar
from reports import tallies
from reports.proof import ranges
from reports.proof.ranges import Range
from reports.tallies.slices import all_days


class Command(BaseCommand):
    help = (
        "Tính lại số tổng hợp từ nhật ký gốc, toàn bộ hoặc một phần. Cổng vẫn hoạt động; chạy lại bao nhiêu lần cũng "
        "được; dừng giữa chừng thì chạy tiếp từ ngày được nêu."
    )

    def add_arguments(self, parser):
        ranges.add_arguments(parser)

    def handle(self, *args, **options):
        wanted = Range.of(options)
        self.at: dt.date | None = None
        try:
            done = self._all() if wanted.is_everything else self._some(wanted)
        except KeyboardInterrupt:
            # What is done is done: each piece is a transaction of its own.
            if self.at:
                self.stdout.write(_("Dừng giữa chừng. Chạy tiếp: --from %(day)s") % {"day": self.at.isoformat()})
            raise
        self.stdout.write(_("Đã tính lại %(count)s lát số liệu (đội hình × ngày).") % {"count": done})

    def _all(self) -> int:
        bar, days = ProgressBar(self.stdout, _("ngày")), all_days()

        def progress(done: int, in_all: int) -> None:
            bar(done, in_all)
            self.at = days[min(done, len(days) - 1)]

        return tallies.rebuild(progress)

    def _some(self, wanted: Range) -> int:
        done, in_all, bar = 0, wanted.size(), ProgressBar(self.stdout, _("lát"))
        for day, slices in wanted.pieces():
            self.at = day
            tallies.refresh(slices)
            done += len(slices)
            bar(done, max(in_all, done + 1))
        tallies.fold()
        bar(done, done)
        return done

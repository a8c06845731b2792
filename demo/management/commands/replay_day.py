"""Drives days of the demo world through the portal's HTTP intake, as many phones would. Again: nothing changes."""

import argparse
import datetime as dt
import sys
import time
from collections.abc import Iterator

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils import timezone

from core.dated import today
from core.progress import ProgressBar
from demo import guard
from demo.replay.client import loopback
from demo.replay.outcome import Outcome
from demo.replay.run import SEED, Replay, phone_days
from demo.world import plans

SHOWN_FAULTS = 10


def day(text: str) -> dt.date | str:
    """``2023-03-26``, ``today`` or ``yesterday``."""
    if text in ("today", "yesterday"):
        return text
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"ngày không hợp lệ: {text} (2023-03-26, today, yesterday)") from None


def above_zero(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number <= 100:
        raise argparse.ArgumentTypeError(f"phải là số trên 0 và không quá 100: {text}")
    return number


def at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"phải là số từ 1: {text}")
    return int(text)


class Command(BaseCommand):
    help = "Phát lại các ngày của dữ liệu mẫu qua cổng tiếp nhận; không nêu ngày: mọi ngày đã có phân công."

    def add_arguments(self, parser):
        parser.add_argument("--day", type=day, action="append", help="2023-03-26, today, yesterday; có thể lặp lại")
        parser.add_argument("--url", default=f"http://127.0.0.1:{settings.PORT}", help="cổng trên máy này")
        parser.add_argument("--teams", type=at_least_one, help="chỉ bấy nhiêu đội mỗi ngày")
        parser.add_argument("--phones", type=at_least_one, default=8, help="số máy gửi cùng lúc")
        parser.add_argument("--scale", type=above_zero, default=1.0, help="nhân số lượt; là một ngày khác")
        parser.add_argument("--seed", type=int, default=SEED, help="hạt giống; số khác là một ngày khác")
        parser.add_argument("--missing", action="store_true", help="hỏi sổ của cổng trước, chỉ gửi những gì còn thiếu")

    def handle(self, *, url, phones, teams, scale, seed, missing, **options):
        guard.require_demo_mode()
        loopback(url)
        if not guard.is_demo_database():
            raise CommandError("Chưa có dữ liệu mẫu; chạy seed_demo trước. | Run seed_demo first.")
        days = [self.named(each) for each in options["day"] or self.every_day()]
        if idle := [each for each in days if not plans.work_on(each)]:
            raise CommandError(f"Không có đội nào được phân công ngày {idle[0]}. | Nobody is sent out on {idle[0]}.")
        plan = phone_days(days, now=timezone.now(), teams=teams, scale=scale, seed=seed)
        started = time.monotonic()
        progress = ProgressBar(OutputWrapper(sys.stderr), "mục")
        outcome = Replay(plan, url=url, phones=phones, progress=progress, ask_first=missing).run()
        for line in self.summary(outcome, time.monotonic() - started):
            self.stdout.write(line)
        if outcome.faults:
            raise CommandError("\n".join(outcome.faults[:SHOWN_FAULTS]))

    @staticmethod
    def named(each: dt.date | str) -> dt.date:
        if isinstance(each, dt.date):
            return each
        return today() - dt.timedelta(days=1 if each == "yesterday" else 0)

    @staticmethod
    def every_day() -> list[dt.date]:
        return [each for each in plans.days_of_work(today()) if each <= today()]

    @staticmethod
    def summary(outcome: Outcome, seconds: float) -> Iterator[str]:
        counts = outcome.statuses
        if outcome.held:
            yield f"Sổ của cổng đã có {outcome.held} mục, không phải gửi lại."
        if outcome.held == outcome.total:
            return
        yield (
            f"Đã gửi {outcome.sent} mục từ {outcome.reconciled} máy trong {seconds:.0f} giây: "
            f"{counts['stored']} mới ghi, {counts['replayed']} đã có, {counts['conflict']} trùng mã khác nội dung, "
            f"{counts['rejected']} bị từ chối."
        )
        if outcome.unsent:
            yield f"Chưa gửi được {outcome.unsent} mục; chạy lại lệnh này để gửi tiếp, không gì bị tính hai lần."

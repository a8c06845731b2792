"""A progress bar for commands, on a terminal and in a log file alike."""

import time

from django.core.management.base import OutputWrapper

WIDTH = 30
REDRAW_SECONDS = 0.1
LINE_SECONDS = 5


class ProgressBar:
    """``bar(done, total)`` draws; on a terminal in place, elsewhere one line every few seconds."""

    def __init__(self, out: OutputWrapper, unit: str):
        self.out, self.unit = out, unit
        self.in_place = out.isatty()
        self.started = time.monotonic()
        self._drawn = self.started if not self.in_place else 0.0

    def __call__(self, done: int, total: int) -> None:
        now, finished = time.monotonic(), done >= total
        if not finished and now - self._drawn < (REDRAW_SECONDS if self.in_place else LINE_SECONDS):
            return
        self._drawn = now
        share = done / total if total else 1
        left = (now - self.started) / share * (1 - share) if share else 0
        bar = "█" * round(WIDTH * share) + "░" * (WIDTH - round(WIDTH * share))
        line = f"{bar} {done}/{total} {self.unit} · {int(left) // 60}:{int(left) % 60:02}"
        self.out.write(f"\r{line}" if self.in_place else f"{line}\n", ending="")
        if self.in_place and finished:
            self.out.write("\n", ending="")
        self.out.flush()

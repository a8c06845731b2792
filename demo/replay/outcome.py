"""What came of a replay; the phones report from their threads."""

from collections import Counter
from collections.abc import Callable
from threading import Lock

HOPELESS = 3
Progress = Callable[[int, int], None]
REFUSALS = {"conflict": "trùng mã khác nội dung", "rejected": "bị từ chối"}


class Outcome:
    def __init__(self, total: int, progress: Progress):
        self.total, self.progress = total, progress
        self.statuses: Counter[str] = Counter()
        # Items that a phone need not send, since the portal's ledger holds them.
        self.held = 0
        # Phones whose ledger was compared after the last item.
        self.reconciled = 0
        self._refused: Counter[tuple[str, str]] = Counter()
        self._broken: list[str] = []
        self._given_up = 0
        self._done = 0
        self._lock = Lock()

    def answered(self, results: list[dict], *, counts: bool = True) -> None:
        """``counts`` is False for what was sent once more: it is no progress."""
        with self._lock:
            for result in results:
                self.statuses[result["status"]] += 1
                if result["status"] in REFUSALS:
                    why = "; ".join(f"{error['detail']} [{error['code']}]" for error in result["errors"])
                    self._refused[result["status"], why] += 1
            if counts:
                self._advance(len(results))

    def holds(self, items: int) -> None:
        with self._lock:
            self.held += items
            self._advance(items)

    def compared(self, who: str, *, sent: int, held: int) -> None:
        with self._lock:
            self.reconciled += 1
            if held < sent:
                self._broken.append(f"{who}: sổ của cổng có {held} mục, máy đã gửi {sent}")

    def gave_up(self, who: str, error: Exception) -> None:
        with self._lock:
            self._given_up += 1
            self._broken.append(f"{who}: {error}")

    def _advance(self, items: int) -> None:
        self._done += items
        self.progress(self._done, self.total)

    @property
    def is_hopeless(self) -> bool:
        """Several phones were patient in vain: the others need not be."""
        return self._given_up >= HOPELESS

    @property
    def sent(self) -> int:
        return self.statuses.total()

    @property
    def unsent(self) -> int:
        return self.total - self._done

    @property
    def faults(self) -> list[str]:
        """One line for each reason, the most frequent first."""
        refused = [f"{count} mục {REFUSALS[status]}: {why}" for (status, why), count in self._refused.most_common()]
        return refused + self._broken

"""How fresh the figures are, without running any question."""

from reports.stats.moment import Moment


def freshness() -> dict:
    """``as_of``, ``pending`` and ``lag_seconds``: see :class:`Moment`."""
    return Moment.read().freshness

"""Keeping the tallies equal to the raw logs: add what is new, count what has changed, rebuild all, and prove it."""

from reports.tallies.counting import keep_promises, refresh, resolve_parked_voids
from reports.tallies.drift import Difference, drift
from reports.tallies.months import fold
from reports.tallies.pressing import figures_wait
from reports.tallies.rebuilding import rebuild

__all__ = ["Difference", "drift", "figures_wait", "fold", "keep_promises", "rebuild", "refresh", "resolve_parked_voids"]

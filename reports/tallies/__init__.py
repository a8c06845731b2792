"""Keeping the tallies equal to the raw logs: refresh what changed, rebuild all, and prove it."""

from reports.tallies.counting import rebuild, refresh, refresh_from_outbox, resolve_parked_voids
from reports.tallies.drift import Difference, drift

__all__ = ["Difference", "drift", "rebuild", "refresh", "refresh_from_outbox", "resolve_parked_voids"]

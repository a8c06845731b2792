"""Continuous proof: the tallies against the raw logs, day after day, a little at a time."""

"""The command desk: plan the day, hand it out, watch it, review it. Pages of staff over everything below."""

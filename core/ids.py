"""Identifiers made before the row exists: the one who makes them can send the row again without doubling it."""

import datetime as dt
import secrets
import time
import uuid


def uuid7() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random bits. In ``uuid`` itself only from Python 3.14."""
    value = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def made_at(identifier: uuid.UUID) -> dt.datetime | None:
    """When a UUIDv7 was made, by the clock of whoever made it; None for any other UUID."""
    if identifier.version != 7:
        return None
    return dt.datetime.fromtimestamp((identifier.int >> 80) / 1000, dt.UTC)

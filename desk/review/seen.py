"""What a page of very many sessions showed, small enough to be carried by its form: two thousand are 24 kB.

Of each session a mark that stands for it and one for what there was of it; a list of ids would be three times as long.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from itertools import batched
from uuid import UUID

WHICH, WHAT = 6, 3  # bytes


def written(seen: Mapping[UUID, str]) -> str:
    """``seen``: by session, what ``seen_of`` says."""
    marks = b"".join(_mark(pk.bytes, WHICH) + _mark(text.encode(), WHAT) for pk, text in seen.items())
    return base64.urlsafe_b64encode(marks).decode()


def as_shown(text: str, there: Mapping[UUID, str]) -> dict[UUID, str]:
    """Of what is ``there`` now: the sessions that were shown, each as it is, or as nothing where it has changed since.

    What came later was not shown and is absent.
    """
    try:
        marks = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError):  # not written by us, so nothing was shown
        return {}
    shown = {bytes(mark[:WHICH]): bytes(mark[WHICH:]) for mark in batched(marks, WHICH + WHAT)}
    found = {pk: (shown.get(_mark(pk.bytes, WHICH)), text) for pk, text in there.items()}
    return {pk: text if mark == _mark(text.encode(), WHAT) else "" for pk, (mark, text) in found.items() if mark}


def _mark(data: bytes, size: int) -> bytes:
    return hashlib.blake2s(data, digest_size=size).digest()

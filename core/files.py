"""Files that are as durable as the row that tells of them, and what they are called."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def make_durable(path: str | os.PathLike) -> None:
    """What is said to be stored survives a power cut: the file, and its name in the folder."""
    for place in (path, os.path.dirname(path)):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def taken_back(remove: Callable[[], object]) -> Iterator[None]:
    """Around what follows in the transaction of a file's row: where that fails, no row leads to the file, and it goes.

    Not around the commit: one whose answer is lost may have been made.
    """
    try:
        yield
    except BaseException:
        remove()
        raise


def safe_name(text: str, most: int = 120) -> str:
    """As a file may be called on any system, with all its Vietnamese letters."""
    return "".join(" " if char in '\\/:*?"<>|' or not char.isprintable() else char for char in text).strip(" .")[:most]

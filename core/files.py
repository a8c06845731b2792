"""Files that are as durable as the row that tells of them."""

import os


def make_durable(path: str | os.PathLike) -> None:
    """What is said to be stored survives a power cut: the file, and its name in the folder."""
    for place in (path, os.path.dirname(path)):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Answers kept with their ETag. Each is asked about again before it is used, so that none is ever stale.

Our own few lines, because the libraries for it keep the request's headers beside the answer, and the key with them.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Kept:
    """An answer as it came, and the tag by which the portal knows it."""

    etag: str
    headers: Mapping[str, str]
    body: bytes


class Cache(Protocol):
    def get(self, key: str) -> Kept | None: ...

    def put(self, key: str, kept: Kept) -> None: ...


class MemoryCache:
    """As long as the program runs; what was not asked for the longest goes first."""

    def __init__(self, most_bytes: int = 64 * MEGABYTE):
        self.most_bytes = most_bytes
        self._held: OrderedDict[str, Kept] = OrderedDict()

    def get(self, key: str) -> Kept | None:
        if key not in self._held:
            return None
        self._held.move_to_end(key)
        return self._held[key]

    def put(self, key: str, kept: Kept) -> None:
        self._held.pop(key, None)
        self._held[key] = kept
        size = sum(len(each.body) for each in self._held.values())
        while size > self.most_bytes:
            _key, dropped = self._held.popitem(last=False)
            size -= len(dropped.body)


class DiskCache:
    """In a folder that only its owner can read, for programs that start anew each time, such as a nightly report.

    Figures lie in it, never a key. A file that is damaged is as good as none.
    """

    def __init__(self, folder: str | Path, most_bytes: int = 256 * MEGABYTE):
        self.folder, self.most_bytes = Path(folder), most_bytes
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def get(self, key: str) -> Kept | None:
        path = self._path(key)
        try:
            head, _newline, body = path.read_bytes().partition(b"\n")
            told = json.loads(head)
            if told["sha256"] != hashlib.sha256(body).hexdigest():
                return None
            os.utime(path)  # its last use: what was not used the longest goes first
            return Kept(told["etag"], told["headers"], body)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, kept: Kept) -> None:
        """A full or read-only disk is no reason to lose the answer that has just come."""
        head = {"etag": kept.etag, "headers": dict(kept.headers), "sha256": hashlib.sha256(kept.body).hexdigest()}
        with contextlib.suppress(OSError):
            # mkstemp: readable by its owner only. Renamed when it is whole, so that nobody reads half an answer.
            handle, draft = tempfile.mkstemp(dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as out:
                    out.write(json.dumps(head).encode() + b"\n" + kept.body)
                os.replace(draft, self._path(key))
            except OSError:
                os.unlink(draft)
            self._prune()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.answer"

    def _prune(self) -> None:
        files = sorted(
            ((file, file.stat()) for file in self.folder.glob("*.answer")), key=lambda each: each[1].st_mtime
        )
        size = sum(about.st_size for _file, about in files)
        for file, about in files:
            if size <= self.most_bytes:
                return
            file.unlink(missing_ok=True)
            size -= about.st_size

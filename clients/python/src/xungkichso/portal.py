"""``Portal``: where questions are asked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Unpack
from urllib.parse import parse_qs, urlsplit

from xungkichso.answer import Answer, Row, answer_of
from xungkichso.cache import Cache, DiskCache, MemoryCache
from xungkichso.errors import BadQuestion, FiguresMoved
from xungkichso.events import Events
from xungkichso.explain import PATH as EXPLAIN
from xungkichso.explain import Explanation, cell_of, explanation_of
from xungkichso.question import Codes, Question, parameters_of
from xungkichso.schema import Period, Schema, period_of, schema_of
from xungkichso.transport import Reply, Transport
from xungkichso.units import Lineage, Unit, unit_of

Format = Literal["csv", "xlsx", "jsonstat", "parquet", "json"]

JSON = "application/json"
# Of all the pages of an answer, before it gives up because the figures move under it.
READINGS = 5


class Portal:
    """A connection to the portal: ``Portal("https://…", token)``. Use one in each thread.

    ``cache``: where answers are kept that the portal may confirm by 304: in memory, in a folder
    (``cache="~/.cache/xungkichso"``), or nowhere (``None``). ``tries`` and ``longest_wait`` (seconds): how often
    and how long it waits when the portal asks it to (429, 503) or cannot be reached.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        language: Literal["vi", "en"] = "vi",
        cache: Cache | str | Path | None = "memory",
        timeout: tuple[float, float] = (5, 60),
        tries: int = 5,
        longest_wait: float = 90,
        allow_http: bool = False,
    ):
        self._http = Transport(
            url,
            token,
            cache=_cache(cache),
            language=language,
            timeout=timeout,
            tries=tries,
            longest_wait=longest_wait,
            allow_http=allow_http,
        )

    def __repr__(self) -> str:
        return f"Portal({self._http.url!r})"  # never the key: this is what lands in logs and notebooks

    def __enter__(self) -> Portal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.session.close()

    # --- what may be asked --------------------------------------------------------------------------------------------
    def schema(self) -> Schema:
        """Measures with their definitions, dimensions, what goes together, the limits."""
        return schema_of(self._json("stats/schema/", {}))

    def periods(self) -> dict[str, Period]:
        """Which days TODAY, LAST_7_DAYS, … are now."""
        return {told["code"]: period_of(told) for told in self._json("stats/periods/", {})["periods"]}

    def period(self, code: str) -> Period:
        """The days of one period: ``portal.period("2026W31")``."""
        return period_of(self._json("stats/periods/", {"period": code})["periods"][0])

    # --- figures ------------------------------------------------------------------------------------------------------
    def stats(self, *, page: int = 10_000, **question: Unpack[Question]) -> Answer:
        """``portal.stats(measures="people,sessions", by=["unit", "day"], period="LAST_7_DAYS")``

        All pages are read, ``page`` rows each, and belong together: if anything has changed meanwhile, all are read
        again, and ``FiguresMoved`` is raised if that does not help.
        """
        return self._whole(parameters_of(question) | {"limit": str(page)})

    def download(
        self,
        path: str | Path,
        *,
        format: Format = "csv",
        bom: bool = False,
        labels: bool = False,
        **question: Unpack[Question],
    ) -> Path:
        """The answer as a file, in any format that ``schema().formats`` names. It appears when it is whole.

        CSV alone: ``bom`` for Excel, ``labels`` for names beside the codes.
        """
        wishes = {"format": format} | ({"bom": "1"} if bom else {}) | ({"labels": "1"} if labels else {})
        reply = self._http.get("stats/", parameters_of(question) | wishes, accept="*/*")
        return _write(Path(path), reply.body)

    def explain(self, answer: Answer, row: Row | None = None, measure: str | None = None) -> Explanation:
        """Where a figure comes from: ``measure`` (else the first) in a ``row`` of ``answer``, else of its totals."""
        cell = cell_of(answer, row, measure)
        return explanation_of(self._json(EXPLAIN, cell), self._json, cell)

    # --- units --------------------------------------------------------------------------------------------------------
    def units(self, on: date | str | None = None) -> list[Unit]:
        """The units of a day (None: today) that the key may see; it takes the scope ``org:read``."""
        day = on.isoformat() if isinstance(on, date) else on
        return self._all_units({"on": day} if day else {}, 1000)

    def lineage(self, *, page: int = 1000) -> Lineage:
        """Every version of every unit, with what it came from and what became of it (``org:read``)."""
        return Lineage(tuple(self._all_units({"all": "1", "ordering": "code"}, page)))

    # --- following ----------------------------------------------------------------------------------------------------
    def events(
        self,
        after: int | Literal["latest"] = 0,
        *,
        unit: str | None = None,
        campaign: Codes = (),
        start: date | str | None = None,
        end: date | str | None = None,
        page: int = 1000,
    ) -> Events:
        """Which figures have changed since ``after``: 0 for everything there is, ``"latest"`` for from now on.

        Asking again with the same ``after`` costs a 304 while nothing has changed.
        """
        narrowed = parameters_of({"unit": unit, "campaign": campaign, "start": start, "end": end})
        return Events(lambda place: self._json("events/", narrowed | {"after": place, "limit": str(page)}), after)

    # --- pages --------------------------------------------------------------------------------------------------------
    def _whole(self, question: Mapping[str, str]) -> Answer:
        before: Answer | None = None
        for _reading in range(READINGS):
            replies = self._pages(question)
            if replies is None:
                continue
            found = answer_of([reply.json for reply in replies], replies[0].etag)
            if len(replies) == 1 or self._belong_together(question, replies, found):
                return found
            # On a day when figures come in all the time: a second reading that finds the same is as good.
            if before and (before.rows, before.totals, before.labels) == (found.rows, found.totals, found.labels):
                return found
            before = found
        raise FiguresMoved(
            "Số liệu đổi trong lúc đọc các trang; hãy hỏi ít dòng hơn hoặc hỏi lại sau."
            " | The figures moved while the pages were read; ask for fewer rows, or again later."
        )

    def _belong_together(self, question: Mapping[str, str], replies: list[Reply], found: Answer) -> bool:
        """Every page carries the digest of the whole answer: that of what was put together must be the same.

        Where there is none: 304 for the first page, now that the last has come. Then nothing at all has changed.
        """
        digests = {reply.headers.get("Stats-Digest", "") for reply in replies}
        if "" not in digests:
            return digests == {found.digest}
        return self._http.get("stats/", question, accept=JSON, held=replies[0]).is_held

    def _pages(self, question: Mapping[str, str]) -> list[Reply] | None:
        """None: TODAY has become another day since the first page."""
        replies = [self._http.get("stats/", question, accept=JSON)]
        while following := replies[-1].json["next"]:
            place = dict(question) | {"cursor": _cursor(following)}
            try:
                replies.append(self._http.get("stats/", place, accept=JSON))
            except BadQuestion as error:
                if any(fault.code == "other_question" for fault in error.faults):
                    return None
                raise
        return replies

    def _all_units(self, wish: Mapping[str, str], length: int) -> list[Unit]:
        """All pages of the list; if anything has changed since the first of them, all are read again."""
        question = dict(wish) | {"page_size": str(length)}
        for _reading in range(READINGS):
            replies = [self._http.get("units/", question, accept=JSON)]
            try:
                while replies[-1].json["next"]:
                    place = question | {"page": str(len(replies) + 1)}
                    replies.append(self._http.get("units/", place, accept=JSON))
            except BadQuestion as error:
                if any(fault.parameter == "page" for fault in error.faults):  # the list has become shorter
                    continue
                raise
            # 304 for the first page, now that the last has come.
            if len(replies) == 1 or self._http.get("units/", question, accept=JSON, held=replies[0]).is_held:
                return [unit_of(told) for reply in replies for told in reply.json["results"]]
        raise FiguresMoved(
            "Các đơn vị đổi trong lúc đọc danh sách; hãy hỏi lại sau."
            " | The units changed while the list was read; ask again later."
        )

    def _json(self, path: str, params: Mapping[str, str]) -> Any:
        return self._http.get(path, params, accept=JSON).json


def _cache(wish: Cache | str | Path | None) -> Cache | None:
    if wish == "memory":
        return MemoryCache()
    return DiskCache(Path(wish).expanduser()) if isinstance(wish, str | Path) else wish


def _cursor(address: str) -> str:
    """Out of ``next``. Only this: the key goes to the address that was given, whatever an answer says."""
    return parse_qs(urlsplit(address).query)["cursor"][0]


def _write(path: Path, body: bytes) -> Path:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(body)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
    return path

"""What a later version of a report tells differently: every number, by table, row and column, in words."""

from collections.abc import Iterator

from reports.official.content import Cell, Change, Chart, Report, Table

# Cells that tell of one thing under one key: (what in words, figure, kind).
Told = dict[tuple, tuple[str, Cell, str]]
TOTAL = "Tổng cộng"


def changes_between(before: Report, after: Report) -> tuple[Change, ...]:
    """In the order of the later report; what only the earlier one tells comes last of its table."""
    old, new = _told(before), _told(after)
    found = []
    for key in sorted({*old, *new}, key=_order(old, new)):
        what, _figure, kind = new.get(key) or old[key]
        was, now = (told[key][1] if key in told else None for told in (old, new))
        if was != now:
            found.append(Change(what, was, now, "percent" if kind == "percent" else "count"))
    return tuple(found)


def _order(old: Told, new: Told):
    """The later report's order, with what it no longer tells behind its table."""
    places = {key: number for number, key in enumerate(new)}
    last: dict[str, int] = {}
    for key, number in places.items():
        last[key[0]] = number
    gone = {key: number for number, key in enumerate(old)}
    return lambda key: (places[key], 0, 0) if key in places else (last.get(key[0], len(places)), 1, gone[key])


def _told(report: Report) -> Told:
    told: Told = {}
    for headline in report.headlines:
        told["headlines", headline.code] = (f"Số chung · {headline.label}", headline.value, "count")
    tables, charts = [], []
    for section in report.sections:
        tables += [(f"Mục {section.number}", part.table) for part in section.parts if part.table]
        charts += [part.chart for part in section.parts if part.chart]
    tables += [(f"Phụ lục {appendix.number}", appendix.table) for appendix in report.appendices]
    for place, table in tables:
        told |= _of_table(place, table)
    keys = {table.key for _place, table in tables}
    for chart in charts:
        # What is drawn from a table is told with the table.
        if chart.key not in keys:
            told |= _of_chart(chart)
    return told


def _of_table(place: str, table: Table) -> Told:
    told: Told = {}
    for key, cells in _rows(table):
        name = _name(table, cells)
        for column, cell in zip(table.columns, cells, strict=True):
            if column.kind != "text" and cell is not None:
                what = f"{place}, {table.title} · {name} · {column.title}"
                told[table.key, key, column.title] = (what, cell, column.kind)
    return told


def _rows(table: Table) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    keys = table.keys or tuple(map(str, range(len(table.rows))))
    for key, cells in zip(keys, table.rows, strict=True):
        yield f"row:{key}", cells
    if table.total:
        yield "total", table.total


def _name(table: Table, cells: tuple[Cell, ...]) -> str:
    """The words of a row: of a service its result, of a team its unit."""
    words = [str(cell) for column, cell in zip(table.columns, cells, strict=True) if column.kind == "text" and cell]
    return ", ".join(words) or TOTAL


def _of_chart(chart: Chart) -> Told:
    return {
        (chart.key, label, chart.unit): (f"Biểu đồ {chart.title} · {label}", value, "count")
        for label, value in zip(chart.labels, chart.values, strict=True)
    }

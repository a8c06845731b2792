"""The tables and charts of a report: figures of the statistics in rows, each with a key that finds it again.

An official document is Vietnamese whatever language its reader has chosen, so its words are not translated.
"""

from collections.abc import Callable, Sequence

from reports.official.content import Cell, Chart, Column, Table
from reports.official.figures import FORCES, HEADLINES, TURNS, Figures
from reports.official.points import of_points
from reports.official.targets import standings
from reports.stats.engine import Answer
from reports.stats.labels import NO_CODE

TOP = 10
MOST_AREAS = 30
# Longer than this it is told by month.
MOST_DAYS = 31
OF_UNITS = ("people", "service_turns", "sessions", "teams")
OF_TEAMS = ("sessions", "volunteer_turns", "volunteers", "volunteer_minutes", "people", "service_turns")
NO_POINT = "Lưu động, không ghi điểm"


def share(value: int, whole: int) -> float | None:
    return round(100 * value / whole, 1) if whole else None


def code_of(row: dict, dimension: str) -> str:
    return NO_CODE if row[dimension] is None else str(row[dimension])


def count(title: str) -> Column:
    return Column(title, "count")


def by_one(
    key: str,
    title: str,
    first: str,
    told: Answer,
    figures: Figures,
    *,
    measures: Sequence[str],
    of: str = "",
    note: str = "",
) -> Table:
    """One dimension down, measures across; ``of``: the measure of which each row's share is told last."""
    dimension = told.dimensions[0]
    columns = [Column(first), *(count(figures.label(code)) for code in measures)]
    whole = told.totals.get(of, 0)

    def cells(row: dict) -> list[Cell]:
        return [row[code] for code in measures] + ([share(row[of], whole)] if of else [])

    if of:
        columns.append(Column("Tỉ lệ (%)", "percent"))
    return Table(
        key,
        title,
        tuple(columns),
        tuple((told.label(dimension, row[dimension]), *cells(row)) for row in told.rows),
        total=("Tổng cộng", *cells(told.totals)),
        note=note,
        keys=tuple(code_of(row, dimension) for row in told.rows),
    )


def list_of(key: str, title: str, first: str, figures: Figures, codes: Sequence[str]) -> Table:
    """Measures down, the unit's totals beside them."""
    rows = tuple((figures.label(code), figures.totals[code]) for code in codes)
    return Table(key, title, (Column(first), count("Số lượng")), rows, keys=tuple(codes))


def bars(key: str, title: str, told: Answer, figures: Figures, measure: str, most: int | None = None) -> Chart:
    """In the order of the answer; with ``most`` the greatest only, greatest first."""
    rows = told.rows
    if most:
        rows = sorted(rows, key=lambda row: -row[measure])[:most]
    dimension = told.dimensions[0]
    labels = tuple(told.label(dimension, row[dimension]) for row in rows)
    unit = figures.label(measure).lower()
    return Chart(key, title, unit, labels, tuple(row[measure] for row in rows))


# --- in the text ------------------------------------------------------------------------------------------------------
def forces(figures: Figures) -> Table:
    return list_of("forces", "Lực lượng tham gia", "Chỉ số", figures, FORCES)


def results(figures: Figures) -> Table:
    return list_of("results", "Kết quả theo chỉ số", "Kết quả", figures, figures.reached)


def service_groups(figures: Figures) -> tuple[Table, Chart]:
    told = figures.ask("service_group")
    table = by_one(
        "service_groups",
        "Kết quả theo nhóm dịch vụ",
        "Nhóm dịch vụ",
        told,
        figures,
        measures=TURNS,
        of="service_turns",
        note="Một người dùng nhiều dịch vụ trong một lần đến được tính lượt người ở dịch vụ đầu tiên.",
    )
    return table, bars("service_groups", "Lượt dịch vụ theo nhóm dịch vụ", told, figures, "service_turns")


def outcomes(figures: Figures) -> Table:
    told = figures.ask("result", measures=("service_turns",))
    of = "service_turns"
    return by_one("outcomes", "Mức độ hoàn thành", "Mức độ", told, figures, measures=(of,), of=of)


def units(figures: Figures) -> tuple[Table, Chart]:
    told = figures.units
    table = by_one("units", "Kết quả theo đơn vị", "Đơn vị", told, figures, measures=OF_UNITS, of="people")
    return table, bars("units", "Các đơn vị hỗ trợ nhiều lượt người nhất", told, figures, "people", TOP)


def areas(figures: Figures) -> Table:
    told = figures.ask("area", measures=(*OF_UNITS, "points"))
    return by_one(
        "areas", "Kết quả theo địa bàn", "Địa bàn", told, figures, measures=(*TURNS, "sessions", "teams", "points")
    )


def blocks(figures: Figures) -> Table:
    told = figures.ask("block", measures=OF_UNITS)
    return by_one("blocks", "Kết quả theo khối", "Khối", told, figures, measures=OF_UNITS, of="people")


def over_time(figures: Figures) -> tuple[Table, Chart]:
    """The rhythm of one day by the hour; of several by day, of many by month."""
    if figures.is_one_day:
        told = figures.ask("hour", measures=TURNS)
        table = by_one("hours", "Kết quả theo giờ", "Giờ", told, figures, measures=TURNS)
        return table, bars("hours", "Lượt người theo giờ", told, figures, "people")
    days = figures.days
    if len(days.rows) <= MOST_DAYS:
        name, title, first, told = "days", "Kết quả theo ngày", "Ngày", days
    else:
        name, title, first = "months", "Kết quả theo tháng", "Tháng"
        told = figures.ask("month", measures=(*TURNS, "sessions", "teams", "volunteer_turns"))
    table = by_one(name, title, first, told, figures, measures=(*TURNS, "sessions", "teams", "volunteer_turns"))
    return table, bars(name, f"Lượt người theo {first.lower()}", told, figures, "people")


# --- appendices -------------------------------------------------------------------------------------------------------
def all_targets(figures: Figures) -> Table:
    rows, keys = [], []
    for each in standings(figures):
        target = each.target
        names = (target.name, target.unit.name, target.campaign.name, figures.label(target.measure))
        rows.append((*names, target.value, each.value, each.percent))
        keys.append(f"{target.campaign.code}:{each.unit}:{target.measure}")
    columns = (
        Column("Chỉ tiêu"),
        Column("Đơn vị"),
        Column("Chiến dịch"),
        Column("Chỉ số"),
        count("Phải đạt"),
        count("Đã đạt"),
        Column("Tỉ lệ (%)", "percent"),
    )
    note = "Đã đạt: tính từ ngày đầu chiến dịch đến hết ngày cuối của báo cáo, kể cả các chiến dịch con."
    return Table("targets", "Tổng hợp theo chỉ tiêu", columns, tuple(rows), note=note, keys=tuple(keys))


def all_units(figures: Figures) -> Table:
    note = "Đội hình, điểm hỗ trợ và tình nguyện viên không cộng dồn: mỗi cấp được đếm riêng."
    told = figures.units
    title = "Tổng hợp theo đơn vị"
    return by_one("all_units", title, "Đơn vị", told, figures, measures=HEADLINES, note=note)


def all_services(figures: Figures) -> Table:
    """A service with its turns, and a line for each further result that it brought."""
    told = figures.ask("service", measures=(*TURNS, *figures.reached))
    rows: list[tuple[Cell, ...]] = []
    keys: list[str] = []
    for row in told.rows:
        code, name = code_of(row, "service"), told.label("service", row["service"])
        rows.append((name, *(row[turn] for turn in TURNS), "", None))
        keys.append(code)
        for metric in figures.reached:
            if row[metric]:
                rows.append((name, None, None, figures.label(metric), row[metric]))
                keys.append(f"{code}:{metric}")
    columns = (Column("Dịch vụ"), *(count(figures.label(t)) for t in TURNS), Column("Kết quả"), count("Số lượng"))
    total = ("Tổng cộng", *(told.totals[turn] for turn in TURNS), "", None)
    return Table("all_services", "Tổng hợp theo dịch vụ", columns, tuple(rows), total=total, keys=tuple(keys))


def all_teams(figures: Figures) -> Table:
    told = figures.ask("unit", "team", measures=OF_TEAMS, depth="descendants")
    rows = tuple(
        (told.label("unit", row["unit"]), told.label("team", row["team"]), *(row[code] for code in OF_TEAMS))
        for row in told.rows
    )
    columns = (Column("Đơn vị"), Column("Đội hình"), *(count(figures.label(code)) for code in OF_TEAMS))
    total = ("Tổng cộng", "", *(told.totals[code] for code in OF_TEAMS))
    keys = tuple(f"{code_of(row, 'unit')}:{code_of(row, 'team')}" for row in told.rows)
    note = "Một tình nguyện viên của hai đội hình được đếm một lần ở dòng tổng cộng."
    return Table("all_teams", "Lực lượng tham gia", columns, rows, total=total, note=note, keys=keys)


def all_points(figures: Figures) -> Table:
    rows: list[tuple[Cell, ...]] = []
    keys: list[str] = []
    for each in of_points(figures):
        point = each.point
        names = (
            (point.name, point.get_kind_display(), str(point.area), point.unit.name)
            if point
            else (NO_POINT, "", "", "")
        )
        rows.append((*names, each.sessions, each.people, each.service_turns))
        keys.append(f"{point.code}@{point.valid_from.isoformat()}" if point else NO_CODE)
    measures = ("sessions", *TURNS)
    columns = (
        Column("Điểm hỗ trợ"),
        Column("Loại điểm"),
        Column("Địa bàn"),
        Column("Đơn vị phụ trách"),
        *(count(figures.label(code)) for code in measures),
    )
    total: tuple[Cell, ...] = ("Tổng cộng", "", "", "", *(figures.totals[code] for code in measures))
    return Table("all_points", "Điểm hoạt động", columns, tuple(rows), total=total, keys=tuple(keys))


def commendations(lines: Sequence[str]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple((str(number), line) for number, line in enumerate(lines, 1))
    columns = (Column("TT"), Column("Tập thể, cá nhân; thành tích"))
    return Table("commendations", "Danh sách đề xuất khen", columns, rows, keys=tuple(map(str, range(len(lines)))))


# In the order in which they are numbered; True: wide.
APPENDICES: tuple[tuple[Callable[[Figures], Table], bool], ...] = (
    (all_targets, True),
    (all_units, True),
    (all_services, False),
    (all_teams, True),
    (all_points, True),
)

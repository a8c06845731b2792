# ruff: noqa: S608 - the texts are put together from constants of this module
"""Ten questions as staff and other programs ask them, each with the same question as GROUP BY over the raw logs.

The raw side is what somebody would write who had no tallies: live rows only, joined to the dated tree. Both sides must
give equal rows before any time counts.
"""

from dataclasses import dataclass

from bench.facts import BANKS, PEAK_DAY

YEAR, MONTH = "BETWEEN '2025-01-01' AND '2025-12-31'", "BETWEEN '2025-03-01' AND '2025-03-31'"
QUARTER = "BETWEEN '2025-04-01' AND '2025-06-30'"
LIVE = """
  NOT EXISTS (SELECT 1 FROM services_help_void v WHERE v.target = {row}.id
    AND (v.is_authorised OR v.device = {row}.device))
"""
LIVE_LINE = f"{LIVE.format(row='l')} AND {LIVE.format(row='s')}"
PEOPLE, TURNS = "sum(CASE WHEN l.same_visit THEN 0 ELSE l.people END)", "sum(l.people)"
LOGS = "FROM services_help_assistancelog l JOIN services_help_session s ON s.id = l.session_id"
SERVICE = "JOIN services_help_service sv ON sv.id = l.service_id"
_ON = "{row}.valid_from <= {day} AND ({row}.valid_to IS NULL OR {row}.valid_to >= {day})"


def home(day: str = "s.day") -> str:
    return f"JOIN teams_teamhome h ON h.team_id = s.team_id AND {_ON.format(row='h', day=day)}"


def under(unit: str, day: str = "s.day") -> str:
    return f"""{home(day)}
      JOIN teams_unitancestry up ON up.descendant_id = h.unit_id AND {_ON.format(row="up", day=day)}
      JOIN teams_unit top ON top.id = up.ancestor_id AND top.code = '{unit}'"""


def children(day: str = "s.day") -> str:
    """What stands right under the city, above the team's home."""
    return f"""{under("TD", day)}
      JOIN teams_unitancestry down ON down.descendant_id = h.unit_id AND down.depth = greatest(up.depth - 1, 0)
        AND {_ON.format(row="down", day=day)}
      JOIN teams_unit u ON u.id = down.ancestor_id"""


@dataclass(frozen=True)
class Question:
    name: str
    query: str
    # Columns in the order of the answer's: dimensions by code, then measures.
    raw: str


def lines(columns: str, joins: str, where: str, groups: int, measures: str = f"{PEOPLE}, {TURNS}") -> str:
    numbers = ", ".join(str(number + 1) for number in range(groups))
    return f"SELECT {columns}, {measures} {LOGS} {joins} WHERE {where} AND {LIVE_LINE} GROUP BY {numbers}"


_BY_MONTH = f"""
WITH done AS (
    SELECT date_trunc('month', s.day) AS month, {PEOPLE} AS people, {TURNS} AS turns {LOGS}
    WHERE s.day {YEAR} AND {LIVE_LINE} GROUP BY 1
), opened AS (
    SELECT date_trunc('month', s.day) AS month, count(*) AS sessions FROM services_help_session s
    WHERE s.day {YEAR} AND {LIVE.format(row="s")} GROUP BY 1
), present AS (
    SELECT date_trunc('month', s.day) AS month, count(DISTINCT l.volunteer_id) AS volunteers
    FROM services_help_attendance l JOIN services_help_session s ON s.id = l.session_id
    WHERE s.day {YEAR} AND {LIVE_LINE} GROUP BY 1
)
SELECT to_char(month, 'YYYY-MM'), people, turns, sessions, volunteers
FROM done JOIN opened USING (month) JOIN present USING (month)"""


# Left: a team that was there and helped nobody counts too.
_BY_TEAM = f"""
WITH done AS (
    SELECT s.team_id AS team, {PEOPLE} AS people, {TURNS} AS turns {LOGS}
    WHERE s.day {MONTH} AND {LIVE_LINE} GROUP BY 1
), opened AS (
    SELECT s.team_id AS team, count(*) AS sessions FROM services_help_session s
    WHERE s.day {MONTH} AND {LIVE.format(row="s")} GROUP BY 1
)
SELECT tm.code, coalesce(people, 0), coalesce(turns, 0), sessions
FROM opened LEFT JOIN done USING (team) JOIN teams_team tm ON tm.id = opened.team"""


def _metric(code: str) -> str:
    return f"coalesce(sum(l.quantity) FILTER (WHERE m.code = '{code}'), 0)"


_METRICS = ("HS_NOP", "CAI", "KH", "TK_NH")
_MEASURES = "measures=people,service_turns"
QUESTIONS = [
    Question(
        "Thành phố theo dịch vụ, cả năm",
        f"by=service&{_MEASURES}&period=2025",
        lines("sv.code", SERVICE, f"s.day {YEAR}", 1),
    ),
    Question(
        "255 đơn vị, một tháng",
        f"by=unit&depth=descendants&{_MEASURES}&period=2025-03",
        lines("u.code", f"{home()} JOIN teams_unit u ON u.id = h.unit_id", f"s.day {MONTH}", 1),
    ),
    Question(
        "Một đoàn khối theo ngày, cả năm",
        f"by=day&unit={BANKS}&{_MEASURES}&period=2025",
        lines("s.day::text", under(BANKS), f"s.day {YEAR}", 1),
    ),
    Question(
        "Đơn vị × dịch vụ, một ngày cao điểm",
        f"by=unit,service&{_MEASURES}&period={PEAK_DAY}",
        lines("u.code, sv.code", f"{children()} {SERVICE}", f"s.day = '{PEAK_DAY}'", 2),
    ),
    Question(
        "Thành phố theo tháng: người, lượt, ca, tình nguyện viên",
        "by=month&measures=people,service_turns,sessions,volunteers&period=2025",
        _BY_MONTH,
    ),
    Question(
        "Theo giờ, một ngày cao điểm",
        f"by=hour&{_MEASURES}&period={PEAK_DAY}",
        lines("extract(hour FROM l.happened_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::int", "", f"s.day = '{PEAK_DAY}'", 1),
    ),
    Question(
        "Nhóm tuổi × kết quả, cả năm",
        f"by=age_group,result&{_MEASURES}&period=2025",
        lines("nullif(l.age_group, ''), l.result", "", f"s.day {YEAR}", 2),
    ),
    Question(
        "Bốn chỉ số theo đơn vị, một quý",
        f"by=unit&measures={','.join(_METRICS)}&period=2025Q2",
        lines(
            "u.code",
            f"{children()} LEFT JOIN services_help_metric m ON m.id = l.metric_id",
            f"s.day {QUARTER}",
            1,
            ", ".join(map(_metric, _METRICS)),
        ),
    ),
    Question(
        "Một chiến dịch theo đơn vị, theo tổ chức hiện nay",
        f"by=unit&campaign=THANG-TN&{_MEASURES}&hierarchy=as_is",
        lines(
            "u.code",
            f"{children('current_date')} JOIN campaigns_campaign c ON c.id = s.campaign_id"
            " LEFT JOIN campaigns_campaign cp ON cp.id = c.parent_id",
            "'THANG-TN' IN (c.code, cp.code)",
            1,
        ),
    ),
    Question(
        "Từng đội hình, một tháng: người, lượt, ca",
        "by=team&measures=people,service_turns,sessions&period=2025-03",
        _BY_TEAM,
    ),
]

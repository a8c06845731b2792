"""The statistics endpoint against the same GROUP BY over the raw logs, in the same database.

Ours is timed from outside, over HTTP with token, rights, totals, labels and JSON (never a 304); the raw side is the
bare SQL on an open connection. That favours the raw side, and is meant to.
"""

import http.client
import json
import time

from django.db import connection

from bench import world
from bench.report import Comparison
from teams.models import Unit

LIVE = """
  NOT EXISTS (SELECT 1 FROM services_help_void v WHERE v.target = l.id AND (v.is_authorised OR v.device = l.device))
  AND NOT EXISTS (SELECT 1 FROM services_help_void v WHERE v.target = s.id AND (v.is_authorised OR v.device = s.device))
"""
PEOPLE = "sum(CASE WHEN l.same_visit THEN 0 ELSE l.people END)"
OWNER = """
  JOIN teams_teamhome h ON h.team_id = s.team_id
   AND h.valid_from <= s.day AND (h.valid_to IS NULL OR h.valid_to >= s.day)
  JOIN teams_unitancestry a ON a.descendant_id = h.unit_id AND a.depth = 0
   AND a.valid_from <= s.day AND (a.valid_to IS NULL OR a.valid_to >= s.day)
  JOIN teams_unit u ON u.id = a.ancestor_id
"""
FROM = "FROM services_help_assistancelog l JOIN services_help_session s ON s.id = l.session_id"
QUESTIONS = [
    (
        "168 đơn vị, cả năm",
        "by=unit&unit=TD&depth=children&measures=people,service_turns",
        f"SELECT u.code, {PEOPLE}, sum(l.people) {FROM} {OWNER} WHERE {LIVE} GROUP BY u.code",
    ),
    (
        "theo ngày, cả năm",
        "by=day&unit=TD&measures=people,service_turns",
        f"SELECT s.day, {PEOPLE}, sum(l.people) {FROM} WHERE {LIVE} GROUP BY s.day",
    ),
    (
        "theo dịch vụ, cả năm",
        "by=service&unit=TD&measures=people,service_turns",
        f"SELECT l.service_id, {PEOPLE}, sum(l.people) {FROM} WHERE {LIVE} GROUP BY l.service_id",
    ),
    (
        "đơn vị × dịch vụ, một tháng",
        "by=unit,service&unit=TD&measures=people,service_turns&period=2026-02",
        f"SELECT u.code, l.service_id, {PEOPLE}, sum(l.people) {FROM} {OWNER}"
        f" WHERE s.day BETWEEN '2026-02-01' AND '2026-02-28' AND {LIVE} GROUP BY 1, 2",
    ),
]


def measure(port: int, rounds: int, logs: int) -> list[Comparison]:
    assert Unit.objects.filter(code="TD").exists()
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    return [_compare(client, name, query, sql, rounds, logs) for name, query, sql in QUESTIONS]


def _compare(client, name: str, query: str, sql: str, rounds: int, logs: int) -> Comparison:
    ours, raw = [], []
    for _round in range(rounds + 1):
        took, answer = _ask(client, query)
        ours.append(took)
        took, rows = _group_by(sql)
        raw.append(took)
    people = sum(row[-2] for row in rows)
    # Both sides answer the same question, or the comparison means nothing.
    assert answer["totals"]["people"] == people, (name, answer["totals"], people)
    return Comparison(
        name=f"Thống kê trên {logs:,} lượt: {name}, so với GROUP BY trên lượt gốc",
        unit="ms",
        ours=ours[1:],
        other=raw[1:],
        other_name="GROUP BY gốc",
        higher_is_better=False,
    )


def _ask(client, query: str) -> tuple[float, dict]:
    begin = time.perf_counter()
    client.request("GET", f"/api/v1/stats/?{query}", headers={"Authorization": f"Bearer {world.KEY}"})
    answer = client.getresponse()
    body = answer.read()
    took = (time.perf_counter() - begin) * 1000
    if answer.status != 200:
        raise RuntimeError(f"{query}: {answer.status} {body[:300]!r}")
    return took, json.loads(body)


def _group_by(sql: str) -> tuple[float, list]:
    begin = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall()
    return (time.perf_counter() - begin) * 1000, rows

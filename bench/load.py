# ruff: noqa: S608 - the texts are put together from constants of this module; values are bound
"""The raw rows of a year, quickly: sessions and attendances by COPY, logs and voids by INSERT … SELECT in the server.

Every draw comes from the seed: the same seed gives the same rows. Keys, foreign keys and indexes are taken off for the
load and put back after it, so that the database itself has checked every row in the end. Receipts are left out: the
statistics do not read them, and the burst makes its own through the intake.
"""

import contextlib
import datetime as dt
import io
import random
import uuid
from collections.abc import Iterator

from django.db import connection, transaction

from accounts.models import User
from bench import year
from bench.facts import BANKS, CAMPAIGNS, LAST_DAY, VIETNAM
from campaigns.models import Campaign, SupportPoint
from services_help.models import Service, ServiceMetric
from teams.models import Team, TeamHome, UnitAncestry, Volunteer

SESSION, LOG = "services_help_session", "services_help_assistancelog"
ATTENDANCE, VOID = "services_help_attendance", "services_help_void"
# Until when the staff have been through most sessions.
REVIEWED_BEFORE = LAST_DAY - dt.timedelta(days=45)
TILES, DRAWS = 12, 128
_STAGING = """
CREATE UNLOGGED TABLE bench_session
    (n bigint, id uuid, habit int, started_at timestamptz, minutes int, logs int, device uuid);
CREATE UNLOGGED TABLE bench_habit (id int, services bigint[]);
CREATE UNLOGGED TABLE bench_service (id bigint, metric_id bigint, in_bulk boolean);
"""
# h and g are 64 pseudo-random bits each; every draw reads bits of its own.
_LOGS = f"""
INSERT INTO {LOG} (id, session_id, service_id, result, people, same_visit, quantity, metric_id, age_group, beneficiary,
    channel, happened_at, device, created_by_id, received_at)
SELECT
    (lpad(to_hex((extract(epoch FROM happened_at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(h & 4095), 3, '0')
        || 'a' || lpad(to_hex(g & 1152921504606846975), 15, '0'))::uuid,
    session_id, service_id, result,
    CASE WHEN in_bulk THEN 0 WHEN (g >> 8) & 255 < 240 THEN 1 ELSE 2 + (g >> 16) & 3 END,
    i > 1 AND (g >> 20) & 255 < 46,
    CASE WHEN metric_id IS NULL OR result NOT LIKE 'done%%' THEN NULL WHEN in_bulk THEN 10 + (g >> 28) & 127 ELSE 1 END,
    CASE WHEN result LIKE 'done%%' THEN metric_id END,
    (ARRAY['', '', 'u16', '16-30', '16-30', '16-30', '16-30', '31-59', '31-59', '31-59', '31-59', '31-59', '31-59',
        '60+', '60+', '60+'])[1 + ((h >> 20) & 15)],
    '', CASE WHEN (h >> 24) & 63 < 58 THEN 'point' WHEN (h >> 24) & 63 < 62 THEN 'home' ELSE 'online' END,
    happened_at, device, %(owner)s, closed_at
FROM (
    SELECT drawn.*, s.metric_id, s.in_bulk,
        (ARRAY['done_assisted', 'done_assisted', 'done_assisted', 'done_assisted', 'done_assisted', 'done_assisted',
            'done_assisted', 'done_assisted', 'done_assisted', 'done_self', 'done_self', 'done_self', 'done_self',
            'done_self', 'referred', 'not_done'])[1 + ((h >> 16) & 15)] AS result
    FROM (
        SELECT b.id AS session_id, b.device, i, h, g, habit.services[1 + ((h >> 32) & {DRAWS - 1})] AS service_id,
            b.started_at + make_interval(secs => 60.0 * b.minutes * (i - 1 + ((h >> 40) & 255) / 256.0) / b.logs)
                AS happened_at,
            b.started_at + make_interval(mins => b.minutes) AS closed_at
        FROM (SELECT * FROM bench_session ORDER BY n) b JOIN bench_habit habit ON habit.id = b.habit
        CROSS JOIN LATERAL (
            SELECT i, hashint8extended(b.n * 1000 + i, %(seed)s) AS h,
                hashint8extended(b.n * 1000 + i, %(seed)s + 1) AS g
            FROM generate_series(1, b.logs) i OFFSET 0
        ) numbers OFFSET 0
    ) drawn JOIN bench_service s ON s.id = drawn.service_id OFFSET 0
) lines"""
# One log of a hundred is taken back, on the phone or by staff.
_VOIDS = f"""
INSERT INTO {VOID} (id, target, is_authorised, reason, device, created_by_id, received_at)
SELECT md5('void' || l.id)::uuid, l.id, true, 'Bấm nhầm', l.device, l.created_by_id, l.received_at
FROM {LOG} l WHERE uuid_hash_extended(l.id, %(seed)s) & 127 = 0 OR uuid_hash_extended(l.id, %(seed)s) & 511 = 1"""


def fill(days: list[year.TeamDay], logs: int, *, seed: int = 1) -> None:
    """``logs`` raw rows on these team-days, in a database where bench.world has just been built; all or nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '400MB'; SET LOCAL work_mem = '64MB'")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_STAGING)
        writer = Writer(random.Random(f"load {seed}"))
        with bare(cursor, [SESSION, LOG, ATTENDANCE, VOID]):
            for each, share in zip(days, year.shares(days, logs), strict=True):
                writer.add(each, share)
            writer.copy(cursor)
            cursor.execute("ANALYZE bench_session, bench_habit, bench_service")
            cursor.execute(_LOGS, {"seed": seed, "owner": writer.owner})
            cursor.execute(_VOIDS, {"seed": seed})
        cursor.execute("DROP TABLE bench_session, bench_habit, bench_service")


def settle() -> None:
    """What a server does by and by when nobody waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextlib.contextmanager
def bare(cursor, tables: list[str]) -> Iterator[None]:
    """Without keys, foreign keys and indexes inside; all of them are there again, checked, afterwards."""
    oids = "(SELECT unnest(%s::text[])::regclass)"
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid), contype FROM pg_constraint"
        f" WHERE contype IN ('p', 'u', 'f') AND (conrelid IN {oids} OR confrelid IN {oids})"
        " ORDER BY contype = 'f', conname",
        [tables, tables],
    )
    constraints = cursor.fetchall()
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        f" WHERE i.indrelid IN {oids} AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid"
        " AND c.contype IN ('p', 'u')) ORDER BY 1",
        [tables],
    )
    indexes = cursor.fetchall()
    for table, name, _definition, _kind in reversed(constraints):
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
    for table, name, definition, _kind in constraints:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


class Writer:
    """Collects rows as the text of COPY."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.texts = {name: io.StringIO() for name in (SESSION, ATTENDANCE, VOID, "bench_session")}
        self.count = 0
        self.owner = User.objects.get(username="bench").pk
        self.teams = list(Team.objects.order_by("code").values_list("pk", flat=True))
        self.devices = {team: self.uuid() for team in self.teams}
        self.volunteers = _by_team(Volunteer.objects.order_by("code"))
        self.points = _by_team(SupportPoint.objects.order_by("code"))
        self.campaigns = dict(Campaign.objects.values_list("code", "pk"))
        below_banks = UnitAncestry.objects.filter(ancestor__code=BANKS).values("descendant")
        self.banks = set(TeamHome.objects.filter(unit__in=below_banks).values_list("team", flat=True))

    def uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def add(self, each: year.TeamDay, logs: int) -> None:
        team = self.teams[each.team]
        code = f"TO-{each.team:0{max(3, len(str(len(self.teams) - 1)))}}"
        pool = self.volunteers[code]
        crew = {pool[int(part * len(pool))] for part in each.crew}
        # Of the team's day, however many sessions it takes: the same calendar at every size.
        campaign, point = self._campaign(each, team), self._point(each, code)
        state = "approved" if each.day < REVIEWED_BEFORE and each.luck[2] < 0.92 else "provisional"
        for number, share in enumerate(year.sessions(each, logs)):
            self._session(each, team, number, share, campaign, crew, point, state)

    def _session(self, each: year.TeamDay, team, number, logs, campaign, crew, point, state) -> None:
        rng, id, device = self.rng, self.uuid(), self.devices[team]
        begin = dt.datetime.combine(each.day, dt.time(7, 30), VIETNAM)
        begin += dt.timedelta(minutes=rng.randrange(60) + 240 * (number % 2))
        minutes = rng.randrange(150, 240)
        end = begin + dt.timedelta(minutes=minutes)
        row = (id, team, each.day, point, campaign, begin, end, "", state, device, self.owner, end)
        self._write(SESSION, row)
        if logs:
            habit = 2 * each.team + each.is_peak
            self._write("bench_session", (self.count, id, habit, begin, minutes, logs, device))
        for volunteer in sorted(crew):
            noted = rng.randrange(60, minutes) if rng.random() < 0.2 else None
            self._write(ATTENDANCE, (self.uuid(), id, volunteer, noted, device, self.owner, end))
        if rng.random() < 0.001:  # a whole session entered by mistake
            self._write(VOID, (self.uuid(), id, True, "Mở nhầm ca", device, self.owner, end))
        self.count += 1

    def _campaign(self, each: year.TeamDay, team: int) -> int | None:
        if each.is_peak:
            return self.campaigns[f"CD-{each.day:%m%d}"]
        if team in self.banks and each.luck[0] < 0.7:
            return self.campaigns["BENH-VIEN"]
        for code in ("THANG-TN", "HE"):
            _parent, first, last = CAMPAIGNS[code]
            if first <= each.day <= last and each.luck[0] < 0.8:
                return self.campaigns[code]
        return None

    def _point(self, each: year.TeamDay, code: str) -> int | None:
        """One or two places a month; on a twentieth of the days none."""
        if each.luck[1] < 0.05:
            return None
        points = self.points[code]
        return points[(each.day.month + each.day.day % (1 + each.day.month % 2)) % len(points)]

    def _write(self, table: str, row: tuple) -> None:
        self.texts[table].write("\t".join("\\N" if value is None else str(value) for value in row) + "\n")

    def copy(self, cursor) -> None:
        columns = {
            SESSION: "id, team_id, day, point_id, campaign_id, started_at, ended_at, note, state, device,"
            " created_by_id, received_at",
            ATTENDANCE: "id, session_id, volunteer_id, minutes, device, created_by_id, received_at",
            VOID: "id, target, is_authorised, reason, device, created_by_id, received_at",
            "bench_session": "n, id, habit, started_at, minutes, logs, device",
            "bench_habit": "id, services",
            "bench_service": "id, metric_id, in_bulk",
        }
        self._habits()
        for table, text in self.texts.items():
            text.seek(0)
            cursor.copy_expert(f"COPY {table} ({columns[table]}) FROM STDIN", text)

    def _habits(self) -> None:
        """What each team is asked for on ordinary and on peak days: some services, the first of them most."""
        self.texts |= {"bench_habit": io.StringIO(), "bench_service": io.StringIO()}
        services = list(Service.objects.leaves().on(LAST_DAY).order_by("position"))
        links = ServiceMetric.objects.filter(metric__is_derived=False).order_by("-position")
        metrics = {link.service_id: link.metric_id for link in links}
        for service in services:
            self._write("bench_service", (service.pk, metrics.get(service.pk), not service.for_citizens))
        popular = [1 / (rank + 4) for rank in range(len(services))]
        for number in range(2 * len(self.teams)):
            keys = [self.rng.random() ** (1 / weight) for weight in popular]
            tiles = sorted(range(len(services)), key=keys.__getitem__, reverse=True)[:TILES]
            drawn = self.rng.choices(tiles, [1 / (rank + 1.5) for rank in range(TILES)], k=DRAWS)
            self._write("bench_habit", (number, "{" + ",".join(str(services[tile].pk) for tile in drawn) + "}"))


def _by_team(rows) -> dict[str, list[int]]:
    """The rows' ids by the team that their code begins with."""
    found: dict[str, list[int]] = {}
    for pk, code in rows.values_list("pk", "code"):
        found.setdefault(code.rpartition("-")[0], []).append(pk)
    return found

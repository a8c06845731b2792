"""The least that storing can cost: the same log rows into the same table, by multi-row INSERT, one commit a batch."""

import contextlib
import time
from dataclasses import dataclass
from itertools import batched

import psutil
from psycopg2.extras import execute_values

from bench.burst.phones import LOGS
from bench.databases import Database

TABLE, ROWS = "services_help_assistancelog", 40_000


@dataclass(frozen=True)
class Floor:
    rows_per_second: float
    # Of the client and of the backend.
    cpu_per_row: float


def insert(database: Database) -> Floor:
    """Takes rows out and puts them back, all within the reach of one table; nothing is left changed."""
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_floor (LIKE {TABLE} INCLUDING ALL)")
        cursor.execute(f"SELECT * FROM {TABLE} ORDER BY received_at LIMIT {ROWS}")  # noqa: S608 - names of ours
        batches = [list(batch) for batch in batched(cursor.fetchall(), LOGS)]
        server, client = psutil.Process(connection.info.backend_pid), psutil.Process()
        before, begin = _cpu(server, client), time.perf_counter()
        for batch in batches:
            execute_values(cursor, "INSERT INTO bench_floor VALUES %s", batch, page_size=LOGS)
        took, cpu = time.perf_counter() - begin, _cpu(server, client) - before
        cursor.execute("DROP TABLE bench_floor")
    rows = sum(map(len, batches))
    return Floor(rows / took, cpu / rows)


def _cpu(*processes: psutil.Process) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)

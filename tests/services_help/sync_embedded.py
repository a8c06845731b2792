"""One phone on the embedded default, as a program: ``python -m tests.services_help.sync_embedded``.

It stands in a process of its own since Django knows one database a process, and the suite's is PostgreSQL.
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import django

from config.env import embedded_valkey_socket, var_dir
from scripts.run import answers, valkey_command
from scripts.supervisor import end, spawn


def main() -> None:
    var = var_dir(Path.cwd())
    var.mkdir(parents=True, exist_ok=True)
    listen = embedded_valkey_socket(var)
    valkey = spawn(valkey_command(var, listen), env=dict(os.environ), output=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not answers(listen):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        django.setup()
        sys.stdout.write(json.dumps(work(stop=lambda: end(valkey, patience=20))) + "\n")
    finally:
        end(valkey, patience=20)


def work(*, stop) -> dict:
    """What the portal says and holds. ``stop()`` takes the Valkey away."""
    # Django is set up only now.
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection, connections  # noqa: PLC0415
    from django.test.utils import setup_test_environment  # noqa: PLC0415

    from campaigns.services import start_campaign  # noqa: PLC0415
    from core import outbox  # noqa: PLC0415
    from reports import tallies  # noqa: PLC0415
    from reports.models import DayTally  # noqa: PLC0415
    from services_help.models import AssistanceLog, Receipt  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415
    from tests.reports import recount  # noqa: PLC0415
    from tests.services_help import intake_items as phone  # noqa: PLC0415

    setup_test_environment()
    call_command("migrate", verbosity=0)
    city = phone.stocked(factories.small_city())
    session = phone.session_item()
    logs = [phone.log_item(session, people=number, quantity=1, metric="HS_NOP") for number in range(1, 5)]
    batch = [
        session,
        *logs,
        phone.attendance_item(session),
        phone.void_item(logs[3]),
        phone.log_item(session, people=-1),
    ]
    leader = phone.signed_in(city.leader)
    told = {
        "database": connection.vendor,
        "cache": settings.CACHES["default"]["LOCATION"],
        "first": phone.statuses(phone.post(leader, batch)),
        "again": phone.statuses(phone.post(leader, batch[::-1])),
        "by_key": phone.statuses(phone.post(phone.bearer("logs:write", team=city.team), batch)),
        "changed": phone.statuses(phone.post(leader, [logs[0] | {"people": 9}])),
    }

    # The same new items from two connections at once: SQLite lets one writer in after the other.
    more = [phone.log_item(session, people=10) for _ in range(20)]
    at_once = []

    def send() -> None:
        try:
            at_once.append(phone.statuses(phone.post(phone.signed_in(city.leader), more)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    told |= {"at_once": sorted(at_once), "pending": outbox.pending("tallies.stale")[0]}
    outbox.drain("tallies.stale")
    outbox.drain("voids.parked")
    (place,) = recount.tallies()["day"].values()
    told |= {
        "receipts": Receipt.objects.count(),
        "logs": AssistanceLog.objects.count(),
        "figures": list(DayTally.objects.values_list("people", "service_turns", "sessions", "volunteer_turns").get()),
        "recount": list(place[:4]),
        "drift": len(list(tallies.drift())),
        "left": outbox.pending("tallies.stale")[0],
    }

    # A draft for which the team was sent out is set going after the work.
    draft = factories.campaign("NHAP", owner=city.city, status="draft")
    factories.deployment(city.team, factories.campaign_day(draft))
    start_campaign(campaign=draft, by=city.city_staff)
    outbox.drain("campaigns.replanned", batch=1)
    outbox.drain("tallies.stale")
    told |= {
        "planned": list(DayTally.objects.values_list("campaign__code", flat=True)),
        "drift_then": len(list(tallies.drift())),
    }

    # Broker and cache go away: the promise is in the database, and so is the session of the browser.
    stop()
    alone = [phone.log_item(session, people=100)]
    told |= {"without_valkey": [phone.statuses(phone.post(leader, alone)) for _ in range(2)]}
    outbox.drain("tallies.stale")  # as the sweep does when the broker is back
    return told | {"people_then": DayTally.objects.get().people}


if __name__ == "__main__":
    sys.exit(main())

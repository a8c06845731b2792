"""The whole run, once Django is set up on the benchmark's own database."""

import sys

from django.core.management import call_command
from django.db import connection

from bench import field, intake, server, stats, world
from bench.report import Comparison


def run(options) -> list[Comparison]:
    call_command("migrate", verbosity=0)
    call_command("load_reference", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    world.build()
    print(f"Tạo {options.logs:,} lượt…", file=sys.stderr, flush=True)
    world.fill(options.logs)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with server.portal() as port:
        if options.field:
            return field.measure(port, options.rounds)
        comparisons = stats.measure(port, options.rounds * 3, options.logs)
        print("Đo tiếp nhận…", file=sys.stderr, flush=True)
        comparisons.append(intake.measure(port, options.rounds))
        print("Đo ứng dụng hiện trường…", file=sys.stderr, flush=True)
        comparisons += field.measure(port, options.rounds)
    connection.close()
    return comparisons

"""``python -m bench.fill --logs N``: builds the world and the year in DATABASE_URL, a database of the benchmark's own.

Its own process, since one process of Django knows one database, and since memory is measured by process.
"""

import argparse
import datetime as dt
import sys
import time

import django


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, required=True)
    parser.add_argument("--teams", type=int, default=354)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phones", type=dt.date.fromisoformat, help="a key for each team, for a peak day on this day")
    options = parser.parse_args()
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  (Django is set up only now)

    from bench import load, world, year  # noqa: PLC0415
    from bench.burst import keys  # noqa: PLC0415

    call_command("load_reference", verbosity=0)
    begin = time.perf_counter()
    world.build(options.teams, seed=options.seed)
    if options.phones:
        keys.give(options.phones)
    if options.logs:
        load.fill(year.team_days(options.teams, seed=options.seed), options.logs, seed=options.seed)
    load.settle()
    print(
        f"    {options.teams:,} đội, {options.logs:,} lượt trong {time.perf_counter() - begin:.0f} giây",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    main()

"""`make bench`: prints every claim as a ratio, absolute times beside it; exits 1 if one that has a bar does not hold.

Without a selection everything runs, small enough for some minutes; `--full` is the run that docs/benchmarks.md quotes.
"""

import argparse
import contextlib
import os
import sys

from bench import databases
from bench.report import Claim, Comparison

PARTS = {
    "stats": "ten questions",
    "rebuild": "rebuild_tallies",
    "burst": "phones at closing time",
    "intake": "batches against plain POSTs",
    "field": "the field app",
    "files": "lists from Excel, with bad rows",
    "board": "the command board under fifty screens",
    "lists": "lists and pages with few rows and with many",
}
# The phones come as close together as in the full run.
USUAL = {"logs": "1000000,3000000", "phones": 1270, "minutes": 0.5}
FULL = {"logs": "1000000,3000000,10000000", "phones": 25_410, "minutes": 10.0}

# Rows in lists, and logs in the big tables: few and many of each.
LISTS_USUAL, LISTS_FULL = ((100, 2_000), (10_000, 200_000)), ((100, 10_000), (10_000, 1_000_000))


def main() -> int:
    options = read()
    found: list[Claim | Comparison] = []
    with contextlib.ExitStack() as stack:
        databases.start(stack)
        print("\n".join(databases.machine()), end="\n\n", flush=True)
        for part in (_of_years, _of_the_burst, _of_the_board, _of_lists, _of_the_portal):
            for each in part(options):
                print("\n".join(each.lines()), end="\n\n", flush=True)
                found.append(each)
    return 0 if all(each.holds for each in found) else 1


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    for part, text in PARTS.items():
        parser.add_argument(f"--{part}", action="store_true", help=f"only this: {text}")
    parser.add_argument("--no-raw", action="store_true", help="the ten questions without raw SQL: quick, no proof")
    parser.add_argument("--full", action="store_true", help="the sizes of docs/benchmarks.md")
    parser.add_argument("--logs", help=f"numbers of logs with commas (default {USUAL['logs']})")
    parser.add_argument("--phones", type=int, help=f"default {USUAL['phones']}")
    parser.add_argument("--minutes", type=float, help=f"in which the phones send (default {USUAL['minutes']})")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--web", type=int, default=2, help="processes of gunicorn in the burst")
    parser.add_argument("--workers", type=int, default=1, help="processes of Celery in the burst")
    parser.add_argument("--viewers", type=int, default=50, help="screens that show the board")
    parser.add_argument(
        "--only", metavar="TEXT", default="", help="of the lists and pages, those with this in their name"
    )
    parser.add_argument("--keep", metavar="NAME", help="keep the filled databases NAME_1m, …, and use those of before")
    options = parser.parse_args()
    for name, value in (FULL if options.full else USUAL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    options.rows, options.table_logs = LISTS_FULL if options.full else LISTS_USUAL
    options.logs = sorted(int(number) for number in options.logs.split(","))
    if not any(getattr(options, part) for part in PARTS):
        for part in PARTS:
            setattr(options, part, True)
    return options


def _of_years(options):
    if not (options.stats or options.rebuild):
        return
    from bench import rebuild, stats  # noqa: PLC0415  (only what is asked for)

    with contextlib.ExitStack() as stack:
        held = [
            stack.enter_context(databases.filled(logs, keep=options.keep, seed=options.seed)) for logs in options.logs
        ]
        if options.rebuild:
            yield from rebuild.measure(held[-1])
        if options.stats:
            yield from stats.measure(held, options.rounds * 3, with_raw=not options.no_raw)


def _of_the_burst(options):
    if not options.burst:
        return
    from bench.burst import run  # noqa: PLC0415

    yield from run.measure(options)


def _of_the_board(options):
    if not options.board:
        return
    from bench.board import run  # noqa: PLC0415

    yield from run.measure(options)


def _of_lists(options):
    if not options.lists:
        return
    from bench.lists import run  # noqa: PLC0415

    yield from run.measure(options)


def _of_the_portal(options):
    """What needs the models in this process."""
    if not (options.intake or options.field or options.files):
        return
    with databases.filled(0, seed=options.seed) as database:
        # Scripts and styles as a server gives them: hashed names, compressed.
        os.environ |= database.environment | {"STATIC_MANIFEST": "1" if options.field else "0"}
        import django  # noqa: PLC0415  (the environment names the database only now)

        django.setup()
        from bench import portal  # noqa: PLC0415

        yield from portal.measure(options, database.url)


if __name__ == "__main__":
    sys.exit(main())

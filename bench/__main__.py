"""`make bench`: prints every claim as a ratio; exits 1 if one that has a bar does not hold.

Options: ``--rounds N`` (default 5), ``--logs N`` (default 100000), ``--field`` (the field app alone).
"""

import argparse
import contextlib
import os
import sys
import uuid

import psycopg2

from tests import services


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--logs", type=int, default=100_000)
    parser.add_argument("--field", action="store_true")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        database(stack)
        import django  # noqa: PLC0415  (the environment names the database only now)

        django.setup()
        from bench.run import run  # noqa: PLC0415

        comparisons = run(options)
    for comparison in comparisons:
        print("\n".join(comparison.lines()), end="\n\n")
    return 0 if all(comparison.holds for comparison in comparisons) else 1


def database(stack: contextlib.ExitStack) -> None:
    """A database of its own on a real PostgreSQL, and a real Redis; both gone afterwards."""
    services.start(stack)
    server, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    name = f"xks_bench_{uuid.uuid4().hex[:8]}"
    os.environ |= {
        "DATABASE_URL": f"{server}/{name}",
        "REDIS_URL": f"{os.environ[services.STARTED]}/0",
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        # Scripts and styles as a server gives them: hashed names, compressed.
        "STATIC_MANIFEST": "1",
        # Playwright's loop runs in this thread; the ORM calls around it are not in it.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }
    admin = psycopg2.connect(f"{server}/postgres")
    admin.autocommit = True
    stack.callback(admin.close)
    admin.cursor().execute(f"CREATE DATABASE {name}")
    stack.callback(lambda: admin.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)"))


if __name__ == "__main__":
    sys.exit(main())

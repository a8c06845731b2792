"""``python -m bench.lists.fill --rows N``: N rows in each list of the portal, and a session of N people, at most 1.000.

In DATABASE_URL, where bench.fill has built the world. Prints as JSON what the addresses of the pages need.
"""

import argparse
import datetime as dt
import json

import django

DAY = dt.date(2025, 11, 17)
MOST_PEOPLE = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, required=True, help="0: only what the pages of a year need")
    rows = parser.parse_args().rows
    django.setup()
    from accounts.models import User  # noqa: PLC0415  (Django is set up only now)
    from bench import load  # noqa: PLC0415
    from bench.lists import desk, people, work  # noqa: PLC0415

    is_new = not User.objects.filter(username=people.STAFF).exists()
    if is_new:
        people.readers()
    if is_new and rows:
        people.fill(rows)
        desk.fill(rows, day=DAY)
        work.fill(rows, day=DAY, crowd=min(rows, MOST_PEOPLE))
        load.settle()
    found = people.tickets() | (desk.addresses() | work.of_crowd() if rows else work.of_year())
    print(json.dumps(found | {"is_new": is_new}))


if __name__ == "__main__":
    main()

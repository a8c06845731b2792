"""The world of the benchmarks in figures and names, for the parts that run without Django too."""

import datetime as dt

VIETNAM = dt.timezone(dt.timedelta(hours=7))
FIRST_DAY, LAST_DAY = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
# The first day of the tree of after the reorganisation.
REFORM = dt.date(2025, 7, 1)
TEAMS = 354
KEY = "xks_bench_key_of_the_whole_city"
# Days on which the whole city goes out; together they hold about a third of the year's logs.
PEAK_DAYS = [
    dt.date(2025, month, day)
    for month, day in [(3, 2), (3, 9), (3, 23), (3, 26), (5, 18), (7, 13), (7, 27), (8, 17), (10, 10), (12, 14)]
]
PEAK_DAY = dt.date(2025, 3, 26)
# code -> (parent, first day, last day)
CAMPAIGNS = {
    "THANG-TN": (None, dt.date(2025, 3, 1), dt.date(2025, 3, 31)),
    "HE": (None, dt.date(2025, 6, 1), dt.date(2025, 8, 31)),
    "BENH-VIEN": (None, FIRST_DAY, LAST_DAY),
    **{f"CD-{day:%m%d}": ("THANG-TN" if day.month == 3 else None, day, day) for day in PEAK_DAYS},
}
BANKS = "K00"

import datetime as dt

import pytest

from demo.seeding import seed

# A day of the present, far from the one on which the tests run.
TODAY = dt.date(2026, 11, 24)


@pytest.fixture
def demo_world(db):
    seed(TODAY)

"""A real browser in front of a live server; tests/e2e/visitor.py says what a visitor can do and notices."""

import pytest
from playwright.sync_api import expect

from scripts.chromium import FLAGS, find_chromium
from tests.e2e.visitor import DEVICES, Visitor, open_visitor

# A ceiling, not a wait: pages that renew themselves do so every five seconds, and a busy machine is no broken page.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(__file__.removesuffix("/conftest.py")):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The machine's own Chromium (CHROMIUM=/path chooses another)."""
    return browser_type_launch_args | {"executable_path": find_chromium(), "args": FLAGS}


@pytest.fixture
def visit(browser, live_server):
    """``visit("phone")``, ``visit("laptop", user=…)``: visitors of the live server; their complaints fail the test."""
    made: list[Visitor] = []

    def open_(device: str, *, user=None, **options) -> Visitor:
        made.append(open_visitor(browser, live_server.url, DEVICES[device] | options, user=user))
        return made[-1]

    yield open_
    for visitor in made:
        visitor.leave()
    assert [complaint for visitor in made for complaint in visitor.complaints] == []


@pytest.fixture
def phone(visit) -> Visitor:
    """A cheap Android phone in the hand: 360 x 740, touch, Vietnamese."""
    return visit("phone")


@pytest.fixture
def laptop(visit) -> Visitor:
    return visit("laptop")

"""The embedded default: what the parts of the board say, on SQLite."""

from tests.reports.test_embedded import embedded, run  # noqa: F401 - a fixture


def test_parts_of_the_board_hold_on_sqlite_too(embedded):  # noqa: F811
    """Without our plugin, which would bring PostgreSQL."""
    done = run(
        "-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", "-q", "tests/desk/test_board_parts.py", env=embedded
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]

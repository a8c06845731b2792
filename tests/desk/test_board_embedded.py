"""The embedded default: what the parts of the board say, on SQLite."""

from tests.reports.test_embedded import embedded, run  # noqa: F401 - a fixture


def test_parts_of_the_board_hold_on_sqlite_too(embedded):  # noqa: F811
    """Without our plugin, which would bring PostgreSQL."""
    done = run(
        "-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", "-q", "tests/desk/test_board_parts.py", env=embedded
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_board_of_a_past_day_is_by_its_tree_on_sqlite_too(embedded):  # noqa: F811
    """The lists alone: who sees what is told in the same words to both databases."""
    past = ("tests/desk/test_board_past.py", "-k", "lists_of or opens_to or has_come")
    done = run("-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", "-q", *past, env=embedded)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]

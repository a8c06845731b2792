"""The embedded default: what units tell of their past, on SQLite."""

from tests.reports.test_embedded import embedded, run  # noqa: F401 - a fixture


def test_lineage_holds_on_sqlite_too(embedded):  # noqa: F811
    """Without our plugin, which would bring PostgreSQL. Queries are not counted: a list knows its length otherwise."""
    past = ("tests/teams/test_lineage.py", "-k", "not three_queries")
    done = run("-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", "-q", *past, env=embedded)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]

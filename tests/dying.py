"""A worker that dies in the middle of its work, at a statement that the test chooses."""

from django.db import connection


class Killed(BaseException):
    """No code may catch it: it stands for kill -9."""


def dies_at(number: int):
    """The connection's ``number``-th statement from here is not carried out, and nothing after it.

    What is open is rolled back, as the database does for a client that died; in a test, to a savepoint.
    """
    left = number

    def wrapper(execute, sql, params, many, context):
        nonlocal left
        left -= 1
        if left < 0 and not sql.startswith("ROLLBACK TO"):
            raise Killed
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrapper)

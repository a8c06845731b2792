"""Django's own backend, with a cheaper look at whether a kept connection still lives."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Asked once a request (CONN_HEALTH_CHECKS). A server that has gone leaves the end of the connection to be
        read; where nothing is to be read, the question that Django would ask, and wait for, finds nothing else."""
        return self._is_quiet() or super().is_usable()

    def _is_quiet(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)

"""The parts of a run that use the models themselves, once Django is set up on the run's own database."""

from django.core.management import call_command
from django.db import connection

from bench import field, files, intake, server
from bench.databases import say


def measure(options, url: str):
    if options.field:
        call_command("collectstatic", interactive=False, verbosity=0)
    try:
        if options.files:
            say("Đo nhập từ tệp…")
            yield from files.measure()
        if not (options.intake or options.field):
            return
        with server.portal() as port:
            if options.intake:
                say("Đo tiếp nhận…")
                yield from intake.measure(port, options.rounds, url)
            if options.field:
                say("Đo ứng dụng hiện trường…")
                yield from field.measure(port, options.rounds)
    finally:
        connection.close()

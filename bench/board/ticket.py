"""``python -m bench.board.ticket``: makes a member of staff in DATABASE_URL, prints the cookie of a session."""

import django


def main() -> None:
    django.setup()
    from django.conf import settings  # noqa: PLC0415  (Django is set up only now)
    from django.test import Client  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from bench.facts import FIRST_DAY  # noqa: PLC0415
    from teams.models import Appointment, Unit  # noqa: PLC0415
    from teams.permissions import Role  # noqa: PLC0415

    viewer = User.objects.create_user("bench-board", full_name="Bench")
    Appointment.objects.create(
        user=viewer, role=Role.CITY_STAFF, unit=Unit.objects.get(code="TD"), valid_from=FIRST_DAY
    )
    client = Client()
    client.force_login(viewer)
    print(f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}")


if __name__ == "__main__":
    main()

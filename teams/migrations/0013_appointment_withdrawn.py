from django.db import migrations, models


def forget_withdrawn(apps, _schema_editor):
    """On the way back: without the column they would hold again. The trail keeps what was given and withdrawn."""
    apps.get_model("teams", "Appointment").objects.filter(withdrawn_at__isnull=False).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0012_volunteer_left_on"),
    ]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="withdrawn_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="rút lại lúc"),
        ),
        migrations.RemoveConstraint(model_name="appointment", name="appointment_unit_key"),
        migrations.RemoveConstraint(model_name="appointment", name="appointment_team_key"),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("unit__isnull", False), ("withdrawn_at__isnull", True)),
                fields=("user", "role", "unit", "valid_from"),
                name="appointment_unit_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("team__isnull", False), ("withdrawn_at__isnull", True)),
                fields=("user", "role", "team", "valid_from"),
                name="appointment_team_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_at__isnull", True),
                    models.Q(("valid_to", models.F("valid_from")), ("valid_to__isnull", False)),
                    _connector="OR",
                ),
                name="appointment_withdrawn",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_withdrawn),
    ]

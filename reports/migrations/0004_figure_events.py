import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0002_rules"),
        ("reports", "0003_fill_cuts"),
        ("teams", "0002_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="FigureEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("number", models.BigIntegerField()),
                (
                    "campaign",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="teams.team",
                    ),
                ),
            ],
            options={
                "verbose_name": "thay đổi số liệu",
                "indexes": [models.Index(fields=["number"], name="figureevent_number")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("team"),
                        models.F("day"),
                        django.db.models.functions.comparison.Coalesce("campaign", 0),
                        name="figureevent_key",
                    )
                ],
            },
        ),
    ]

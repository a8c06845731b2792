"""Fills the new cuts from the fine tallies that are there, in the database; months are read by their days until folded.

A worker of the version before knows nothing of these tables. What it counts between this migration and its restart is
mended by ``manage.py rebuild_tallies``.
"""

from django.db import migrations

PLACE = "team_id, day, campaign_id, point_id, state"
CUTS = [
    ("reports_servicetally", "reports_linetally", "service_id", "people, service_turns"),
    ("reports_metrictally", "reports_linetally", "metric_id", "quantity"),
    ("reports_persontally", "reports_linetally", "age_group, channel", "people, service_turns"),
    ("reports_outcometally", "reports_linetally", "result, age_group", "people, service_turns"),
    ("reports_resulttally", "reports_linetally", "service_id, result, metric_id", "people, service_turns, quantity"),
    ("reports_rhythmtally", "reports_hourtally", "hour", "people, service_turns"),
]


def fill(_apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table, source, columns, measures in CUTS:
            sums = ", ".join(f"SUM({measure})" for measure in measures.split(", "))
            cursor.execute(
                f"INSERT INTO {table} ({PLACE}, {columns}, {measures}) SELECT {PLACE}, {columns}, {sums}"  # noqa: S608
                f" FROM {source} GROUP BY {PLACE}, {columns}"
            )


def mark_months(apps, schema_editor):
    slices = apps.get_model("reports", "TallySlice").objects.using(schema_editor.connection.alias)
    months = {(day.replace(day=1), team) for day, team in slices.values_list("day", "team_id").iterator()}
    stale_month = apps.get_model("reports", "StaleMonth")
    stale_month.objects.using(schema_editor.connection.alias).bulk_create(
        (stale_month(month=month, team_id=team) for month, team in sorted(months)), batch_size=2000
    )


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_cuts")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(mark_months, migrations.RunPython.noop),
    ]

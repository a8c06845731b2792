"""Who was shown the keys that there are: by the trail; where that is erased already, by who made a key's own account."""

from django.db import migrations

BATCH = 500


def name_issuers(apps, _schema_editor):
    tokens = apps.get_model("teams", "ApiToken").objects
    events = apps.get_model("core", "AuditEvent").objects
    unnamed = list(tokens.filter(issued_by=None).order_by("pk").values_list("pk", "user__kind", "user__created_by"))
    for start in range(0, len(unnamed), BATCH):
        batch = unnamed[start : start + BATCH]
        told = events.filter(
            target_type="teams.apitoken",
            target_id__in=[str(pk) for pk, _kind, _maker in batch],
            action="teams.token_issued",
            actor__isnull=False,
        )
        issuers = {pk: maker for pk, kind, maker in batch if kind == "client" and maker}
        issuers |= {int(pk): actor for pk, actor in told.order_by().values_list("target_id", "actor")}
        for pk, issuer in issuers.items():
            tokens.filter(pk=pk).update(issued_by=issuer)


class Migration(migrations.Migration):
    # Apart from the column: PostgreSQL makes no index on a table of whose rows a check is still pending.
    dependencies = [
        ("teams", "0014_apitoken_issued_by"),
        ("core", "0007_retention"),
        ("accounts", "0002_access_epoch"),
    ]

    operations = [migrations.RunPython(name_issuers, migrations.RunPython.noop)]

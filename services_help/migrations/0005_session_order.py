from django.db import migrations, models

from core.operations import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("services_help", "0004_review")]
    operations = [
        AddIndexQuietly("session", models.Index(fields=["day", "started_at", "id"], name="session_order")),
    ]

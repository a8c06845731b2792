from django.db import migrations, models

from core.operations import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0004_jobs")]
    operations = [
        AddIndexQuietly("job", models.Index(fields=["-ordered_at", "-id"], name="job_order")),
    ]

from django.db import migrations, models

from core.operations import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("teams", "0007_team_order")]
    operations = [
        AddIndexQuietly("devicepass", models.Index(fields=["-created_at"], name="devicepass_order")),
    ]

from django.db import migrations, models

from core.operations import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("teams", "0006_volunteer_order")]
    operations = [
        AddIndexQuietly("team", models.Index(fields=["sort_key", "valid_from"], name="team_order")),
    ]

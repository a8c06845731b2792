from django.db import migrations, models

from core.operations import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("teams", "0005_boundaries")]
    operations = [
        AddIndexQuietly("volunteer", models.Index(fields=["sort_key", "code"], name="volunteer_order")),
    ]

from django.db import migrations, models

from core.operations import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("campaigns", "0003_plan_the_day")]
    operations = [
        AddIndexQuietly("supportpoint", models.Index(fields=["sort_key", "valid_from"], name="supportpoint_order")),
    ]

from django.db import migrations, models

from core.operations import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("campaigns", "0004_point_order")]
    operations = [
        AddIndexQuietly("campaign", models.Index(fields=["-starts_on", "code"], name="campaign_order")),
    ]

from django.db import migrations

from core.operations import NoOverlap


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]
    operations = [NoOverlap("campaigns_supportpoint", text_key="code")]

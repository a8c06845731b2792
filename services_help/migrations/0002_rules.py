from django.db import migrations

from core.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("services_help", "0001_initial")]
    operations = [
        AppendOnly("services_help_assistancelog"),
        AppendOnly("services_help_attendance"),
        AppendOnly("services_help_void"),
    ]

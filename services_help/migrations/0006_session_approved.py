from django.db import migrations, models

from core.operations import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("services_help", "0005_session_order")]
    operations = [
        AddIndexQuietly(
            "session",
            models.Index(condition=models.Q(state="approved"), fields=["day", "team"], name="session_approved"),
        ),
    ]

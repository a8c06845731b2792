from django.db import migrations, models

from core.operations import AddIndexQuietly
from core.words import AddWordIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0005_job_order")]
    operations = [
        AddIndexQuietly("auditevent", models.Index(fields=["at", "id"], name="audit_at")),
        AddIndexQuietly("auditevent", models.Index(fields=["actor", "at", "id"], name="audit_actor")),
        AddIndexQuietly("auditevent", models.Index(fields=["action", "at", "id"], name="audit_action")),
        AddIndexQuietly("auditevent", models.Index(fields=["scope_unit", "at", "id"], name="audit_scope")),
        AddWordIndex("core_auditevent", "search_key"),
    ]

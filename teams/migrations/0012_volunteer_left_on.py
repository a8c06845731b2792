from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0011_volunteer_anonymised"),
    ]

    operations = [
        migrations.AddField(
            model_name="volunteer",
            name="left_on",
            field=core.fields.OffSinceField("is_active", verbose_name="nghỉ từ ngày"),
        ),
        migrations.AddConstraint(
            model_name="volunteer",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_active", False), ("left_on__isnull", True), _connector="OR"),
                name="volunteer_left",
            ),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column with a default of the database: a running old release goes on writing accounts beside it."""

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="access_epoch",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
    ]

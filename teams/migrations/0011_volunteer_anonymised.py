from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0010_imports"),
    ]

    operations = [
        migrations.AddField(
            model_name="volunteer",
            name="anonymised_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="ẩn danh lúc"),
        ),
    ]

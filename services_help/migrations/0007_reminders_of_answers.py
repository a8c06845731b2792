import django.core.validators
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


def forget_letters_to_leaders(apps, _schema_editor):
    """Before, each letter was to a unit."""
    apps.get_model("services_help", "ReviewReminder").objects.filter(unit__isnull=True).delete()


class Migration(migrations.Migration):
    """Letters about sessions that were sent back and not answered, to leaders too. A row a letter: the table is small."""

    dependencies = [("services_help", "0006_session_approved"), ("teams", "0012_volunteer_left_on")]
    operations = [
        migrations.AlterModelOptions(
            name="reviewreminder",
            options={
                "ordering": ["-day", "unit", "team"],
                "verbose_name": "thư nhắc duyệt",
                "verbose_name_plural": "thư nhắc duyệt",
            },
        ),
        migrations.AddField(
            model_name="reviewreminder",
            name="team",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="teams.team",
                verbose_name="đội hình",
            ),
        ),
        migrations.AddField(
            model_name="reviewreminder",
            name="unanswered",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="ca quá hạn trả lời"),
        ),
        migrations.AlterField(
            model_name="reviewpolicy",
            name="days",
            field=models.PositiveSmallIntegerField(
                default=3,
                help_text="Tính từ ngày của ca: ca ngày 26/3 với hạn 3 ngày phải được duyệt hết ngày 29/3. Ca đã trả "
                "lại thì đội có bấy nhiêu ngày để trả lời, tính từ ngày trả lại.",
                validators=[django.core.validators.MaxValueValidator(366)],
                verbose_name="số ngày được duyệt",
            ),
        ),
        migrations.AlterField(
            model_name="reviewreminder",
            name="overdue",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="ca quá hạn duyệt"),
        ),
        migrations.AlterField(
            model_name="reviewreminder",
            name="unit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="teams.unit",
                verbose_name="đơn vị",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewreminder",
            constraint=models.UniqueConstraint(fields=("team", "day"), name="reviewreminder_team_key"),
        ),
        migrations.AddConstraint(
            model_name="reviewreminder",
            constraint=models.CheckConstraint(
                condition=Q(unit__isnull=False, team__isnull=True) | Q(unit__isnull=True, team__isnull=False),
                name="reviewreminder_to_one",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_letters_to_leaders),
    ]

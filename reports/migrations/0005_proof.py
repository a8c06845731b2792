import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0004_figure_events"),
        ("teams", "0002_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProofCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("day", "Ngày"), ("month", "Tháng")], default="day", max_length=5)),
                ("day", models.DateField(verbose_name="ngày")),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="bắt đầu lúc")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="xong lúc")),
                ("after_team", models.BigIntegerField(default=0)),
                ("leased_until", models.DateTimeField(default=django.utils.timezone.now)),
                ("slices", models.IntegerField(default=0, verbose_name="lát đã so")),
                ("waiting", models.IntegerField(default=0, verbose_name="lát đang chờ tính")),
                ("differences", models.IntegerField(default=0, verbose_name="ô lệch")),
            ],
            options={
                "verbose_name": "lần đối soát",
                "verbose_name_plural": "các lần đối soát",
                "indexes": [
                    models.Index(fields=["kind", "day", "finished_at"], name="proofcheck_day"),
                    models.Index(fields=["finished_at"], name="proofcheck_finished"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["day", "month"])), name="proofcheck_kind"),
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)), fields=("kind", "day"), name="proofcheck_one_open"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProofFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tally", models.CharField(max_length=60)),
                ("day", models.DateField()),
                ("cell", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("kept", models.JSONField()),
                ("counted", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("alarmed_at", models.DateTimeField(null=True)),
                ("mended_at", models.DateTimeField(null=True)),
                (
                    "team",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="teams.team",
                    ),
                ),
            ],
            options={
                "verbose_name": "ô lệch",
                "verbose_name_plural": "các ô lệch",
                "indexes": [
                    models.Index(
                        condition=models.Q(("mended_at", None)), fields=["day", "team"], name="prooffinding_open"
                    ),
                    models.Index(fields=["found_at"], name="prooffinding_found"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("mended_at", None)), fields=("digest",), name="prooffinding_one_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TallyJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("verify", "Đối soát"), ("rebuild", "Tính lại")], max_length=7, verbose_name="việc"
                    ),
                ),
                ("first", models.DateField(verbose_name="từ ngày")),
                ("last", models.DateField(verbose_name="đến ngày")),
                ("ordered_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="yêu cầu lúc")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="xong lúc")),
                ("leased_until", models.DateTimeField(default=django.utils.timezone.now)),
                ("at_day", models.DateField()),
                ("after_team", models.BigIntegerField(default=0)),
                ("slices_in_all", models.IntegerField(default=0, verbose_name="số lát")),
                ("slices", models.IntegerField(default=0, verbose_name="lát đã xong")),
                ("differences", models.IntegerField(default=0, verbose_name="ô lệch")),
                (
                    "ordered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người yêu cầu",
                    ),
                ),
            ],
            options={
                "verbose_name": "việc đối soát, tính lại",
                "verbose_name_plural": "việc đối soát, tính lại",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["verify", "rebuild"])), name="tallyjob_kind"
                    ),
                    models.CheckConstraint(condition=models.Q(("last__gte", models.F("first"))), name="tallyjob_days"),
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)), fields=("kind",), name="tallyjob_one_open"
                    ),
                ],
            },
        ),
    ]

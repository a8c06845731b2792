import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# (rule, severity) as they come; the usual values of their limits stand in desk/outliers/catalogue.py.
RULES = [
    ("pace", 2), ("same_days", 3), ("round", 1), ("two_places", 3), ("hours", 2), ("travel", 2), ("jump", 2),
]  # fmt: skip


def bring_rules(apps, schema_editor):
    rule = apps.get_model("desk", "OutlierRule").objects.using(schema_editor.connection.alias)
    for code, severity in RULES:
        rule.get_or_create(code=code, defaults={"severity": severity})


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("services_help", "0003_devices"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Examination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(default=0)),
                ("event", models.BigIntegerField(default=0)),
                ("plans", models.BigIntegerField(default=0)),
                ("plans_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="examination_only")],
            },
        ),
        migrations.CreateModel(
            name="OutlierRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("pace", "Quá nhiều lượt mỗi giờ tình nguyện viên"),
                            ("same_days", "Số liệu nhiều ngày giống hệt nhau"),
                            ("round", "Phần lớn là số tròn"),
                            ("two_places", "Một tình nguyện viên ở hai nơi cùng lúc"),
                            ("hours", "Ghi ngoài giờ"),
                            ("travel", "Một điện thoại ở hai điểm xa nhau"),
                            ("jump", "Tăng vọt so với chính đội hình"),
                        ],
                        editable=False,
                        max_length=12,
                        unique=True,
                        verbose_name="quy tắc",
                    ),
                ),
                (
                    "is_enabled",
                    models.BooleanField(
                        default=True,
                        help_text="Bỏ chọn thì không ca nào bị quy tắc này nhắc nữa.",
                        verbose_name="đang dùng",
                    ),
                ),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Lưu ý"), (2, "Cần xem"), (3, "Nghiêm trọng")], default=2, verbose_name="mức độ"
                    ),
                ),
                ("settings", models.JSONField(default=dict, editable=False, verbose_name="ngưỡng")),
            ],
            options={
                "verbose_name": "quy tắc tìm ca bất thường",
                "verbose_name_plural": "quy tắc tìm ca bất thường",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("code__in", ["pace", "same_days", "round", "two_places", "hours", "travel", "jump"])
                        ),
                        name="outlierrule_code",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", [1, 2, 3])), name="outlierrule_severity"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionFlag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("pace", "Quá nhiều lượt mỗi giờ tình nguyện viên"),
                            ("same_days", "Số liệu nhiều ngày giống hệt nhau"),
                            ("round", "Phần lớn là số tròn"),
                            ("two_places", "Một tình nguyện viên ở hai nơi cùng lúc"),
                            ("hours", "Ghi ngoài giờ"),
                            ("travel", "Một điện thoại ở hai điểm xa nhau"),
                            ("jump", "Tăng vọt so với chính đội hình"),
                        ],
                        max_length=12,
                        verbose_name="quy tắc",
                    ),
                ),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Lưu ý"), (2, "Cần xem"), (3, "Nghiêm trọng")], verbose_name="mức độ"
                    ),
                ),
                ("numbers", models.JSONField()),
                ("limits", models.JSONField()),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="thấy lúc")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="xử lý lúc")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="ghi chú")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="flags",
                        to="services_help.session",
                        verbose_name="ca hỗ trợ",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người xử lý",
                    ),
                ),
            ],
            options={
                "verbose_name": "dấu hiệu bất thường",
                "verbose_name_plural": "dấu hiệu bất thường",
                "ordering": ["-severity", "rule"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at__isnull", True)), fields=["found_at"], name="sessionflag_open"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "rule"), name="sessionflag_key"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rule__in", ["pace", "same_days", "round", "two_places", "hours", "travel", "jump"])
                        ),
                        name="sessionflag_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", [1, 2, 3])), name="sessionflag_severity"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at__isnull", True), ("settled_by__isnull", True)),
                            models.Q(("settled_at__isnull", False), ("settled_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="sessionflag_settled",
                    ),
                ],
            },
        ),
        migrations.RunPython(bring_rules, migrations.RunPython.noop),
    ]

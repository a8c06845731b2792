import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from core.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0002_rules"),
        ("services_help", "0003_devices"),
        ("teams", "0005_boundaries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="Tính từ ngày của ca: ca ngày 26/3 với hạn 3 ngày phải được duyệt hết ngày 29/3.",
                        validators=[django.core.validators.MaxValueValidator(366)],
                        verbose_name="số ngày được duyệt",
                    ),
                ),
            ],
            options={
                "verbose_name": "hạn duyệt",
                "verbose_name_plural": "hạn duyệt",
                "ordering": [models.OrderBy(models.F("campaign"), nulls_first=True)],
            },
        ),
        migrations.CreateModel(
            name="ReviewReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="ngày")),
                ("overdue", models.PositiveIntegerField(verbose_name="ca quá hạn")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="lập lúc")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="gửi lúc")),
            ],
            options={
                "verbose_name": "thư nhắc duyệt",
                "verbose_name_plural": "thư nhắc duyệt",
                "ordering": ["-day", "unit"],
            },
        ),
        migrations.CreateModel(
            name="SessionReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("approved", "Đã duyệt"),
                            ("returned", "Trả lại"),
                            ("answered", "Đội trả lời"),
                            ("reopened", "Mở lại để xem xét"),
                            ("changed", "Có thay đổi sau khi duyệt"),
                        ],
                        max_length=8,
                        verbose_name="việc",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500, verbose_name="nội dung")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="lúc")),
            ],
            options={
                "verbose_name": "bước duyệt",
                "verbose_name_plural": "các bước duyệt",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.AddField(
            model_name="session",
            name="returned_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="trả lại lúc"),
        ),
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="lý do")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="lúc")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người điều chỉnh",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjustments",
                        to="services_help.session",
                        verbose_name="ca hỗ trợ",
                    ),
                ),
            ],
            options={
                "verbose_name": "điều chỉnh",
                "verbose_name_plural": "điều chỉnh",
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="AdjustmentLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "action",
                    models.CharField(
                        choices=[("added", "Nhận thêm"), ("closed", "Đóng ca"), ("voided", "Hủy")],
                        max_length=6,
                        verbose_name="việc",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("session", "Ca hỗ trợ"),
                            ("log", "Lượt hỗ trợ"),
                            ("attendance", "Điểm danh"),
                            ("void", "Hủy"),
                        ],
                        max_length=10,
                        verbose_name="loại mục",
                    ),
                ),
                ("item", models.UUIDField(verbose_name="mục")),
                (
                    "adjustment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="services_help.adjustment",
                        verbose_name="điều chỉnh",
                    ),
                ),
            ],
            options={
                "verbose_name": "dòng điều chỉnh",
                "verbose_name_plural": "các dòng điều chỉnh",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="PeriodLock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(verbose_name="từ ngày")),
                ("ends_on", models.DateField(verbose_name="đến hết ngày")),
                ("reason", models.CharField(max_length=300, verbose_name="lý do khóa")),
                ("locked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="khóa lúc")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="mở khóa lúc")),
                ("lift_reason", models.CharField(blank=True, max_length=300, verbose_name="lý do mở khóa")),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người mở khóa",
                    ),
                ),
                (
                    "locked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người khóa",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="period_locks",
                        to="teams.unit",
                        verbose_name="đơn vị",
                    ),
                ),
            ],
            options={
                "verbose_name": "khóa kỳ",
                "verbose_name_plural": "khóa kỳ",
                "ordering": ["-ends_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="LateEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.UUIDField(db_index=True, editable=False, verbose_name="mục")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("session", "Ca hỗ trợ"),
                            ("log", "Lượt hỗ trợ"),
                            ("attendance", "Điểm danh"),
                            ("void", "Hủy"),
                        ],
                        max_length=10,
                        verbose_name="loại mục",
                    ),
                ),
                ("session", models.UUIDField(db_index=True, verbose_name="ca hỗ trợ")),
                ("day", models.DateField(verbose_name="ngày")),
                ("content", models.JSONField(verbose_name="nội dung")),
                ("row", models.JSONField()),
                ("device", models.UUIDField(verbose_name="thiết bị")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="nhận lúc")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("accepted", "Đã nhận"), ("declined", "Không nhận")],
                        max_length=8,
                        verbose_name="quyết định",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="quyết định lúc")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="lý do")),
                (
                    "adjustment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_entries",
                        to="services_help.adjustment",
                        verbose_name="điều chỉnh",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người gửi",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người quyết định",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_entries",
                        to="teams.team",
                        verbose_name="đội hình",
                    ),
                ),
                (
                    "lock",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_entries",
                        to="services_help.periodlock",
                        verbose_name="khóa kỳ",
                    ),
                ),
            ],
            options={
                "verbose_name": "mục đến muộn",
                "verbose_name_plural": "các mục đến muộn",
                "ordering": ["-received_at", "pk"],
            },
        ),
        migrations.AddField(
            model_name="adjustment",
            name="lock",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="adjustments",
                to="services_help.periodlock",
                verbose_name="khóa kỳ",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="lock",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="services_help.periodlock",
                verbose_name="khóa kỳ",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("state", "provisional")), fields=["day", "team"], name="session_unreviewed"
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("returned_at__isnull", False)), fields=["returned_at"], name="session_returned"
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(condition=models.Q(("lock__isnull", False)), fields=["lock"], name="session_of_lock"),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "locked"), _negated=True), ("lock__isnull", False), _connector="OR"
                ),
                name="session_locked_by_a_lock",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(("returned_at__isnull", True), ("state", "provisional"), _connector="OR"),
                name="session_returned_is_provisional",
            ),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="campaign",
            field=models.ForeignKey(
                blank=True,
                help_text="Để trống: áp dụng cho mọi ca không thuộc chiến dịch nào có hạn riêng.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="review_policies",
                to="campaigns.campaign",
                verbose_name="chiến dịch",
            ),
        ),
        migrations.AddField(
            model_name="reviewreminder",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="teams.unit", verbose_name="đơn vị"
            ),
        ),
        migrations.AddField(
            model_name="sessionreview",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="người thực hiện",
            ),
        ),
        migrations.AddField(
            model_name="sessionreview",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviews",
                to="services_help.session",
                verbose_name="ca hỗ trợ",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustmentline",
            constraint=models.CheckConstraint(
                condition=models.Q(("action__in", ["added", "closed", "voided"])), name="adjustmentline_action"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustmentline",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["session", "log", "attendance", "void"])), name="adjustmentline_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="periodlock",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True)),
                fields=["starts_on", "ends_on"],
                name="periodlock_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="periodlock",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="periodlock_dates"
            ),
        ),
        migrations.AddConstraint(
            model_name="periodlock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at__isnull", True), ("lifted_by__isnull", True)),
                    models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                    _connector="OR",
                ),
                name="periodlock_lifted",
            ),
        ),
        migrations.AddIndex(
            model_name="lateentry",
            index=models.Index(fields=["team", "day"], name="lateentry_team_day"),
        ),
        migrations.AddIndex(
            model_name="lateentry",
            index=models.Index(condition=models.Q(("decision", "")), fields=["received_at"], name="lateentry_open"),
        ),
        migrations.AddConstraint(
            model_name="lateentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["session", "log", "attendance", "void"])), name="lateentry_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="lateentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["accepted", "declined", ""])), name="lateentry_decision"
            ),
        ),
        migrations.AddConstraint(
            model_name="lateentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by__isnull", True)),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="lateentry_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="lateentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decision", "")), fields=("item",), name="lateentry_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="lateentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("adjustment__isnull", True), ("decided_at__isnull", True), ("decision", "")),
                    models.Q(("adjustment__isnull", True), ("decided_at__isnull", False), ("decision", "declined")),
                    models.Q(("adjustment__isnull", False), ("decided_at__isnull", False), ("decision", "accepted")),
                    _connector="OR",
                ),
                name="lateentry_decision_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewpolicy",
            constraint=models.UniqueConstraint(
                django.db.models.functions.comparison.Coalesce(models.F("campaign"), 0),
                name="reviewpolicy_key",
                violation_error_message="Chiến dịch này đã có hạn duyệt. Hãy sửa hạn đang có.",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewpolicy",
            constraint=models.CheckConstraint(condition=models.Q(("days__lte", 366)), name="reviewpolicy_days"),
        ),
        migrations.AddConstraint(
            model_name="reviewreminder",
            constraint=models.UniqueConstraint(fields=("unit", "day"), name="reviewreminder_key"),
        ),
        migrations.AddConstraint(
            model_name="sessionreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["approved", "returned", "answered", "reopened", "changed"])),
                name="sessionreview_kind",
            ),
        ),
        AppendOnly("services_help_sessionreview"),
        AppendOnly("services_help_adjustment"),
        AppendOnly("services_help_adjustmentline"),
    ]

import django.db.models.deletion
import django.utils.timezone
import services_help.models.devices
from django.conf import settings
from django.db import migrations, models

from core.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("services_help", "0002_rules"),
        ("teams", "0002_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ScenePhoto",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("device", models.UUIDField(verbose_name="thiết bị")),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField(verbose_name="số byte")),
                ("width", models.PositiveSmallIntegerField(verbose_name="chiều rộng")),
                ("height", models.PositiveSmallIntegerField(verbose_name="chiều cao")),
                ("file", models.FileField(max_length=120, upload_to=services_help.models.devices.photo_path)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="nhận lúc")),
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
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="services_help.session",
                        verbose_name="ca hỗ trợ",
                    ),
                ),
            ],
            options={
                "verbose_name": "ảnh hiện trường",
                "verbose_name_plural": "ảnh hiện trường",
                "ordering": ["received_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="DeviceReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("device", models.UUIDField(verbose_name="thiết bị")),
                ("unsent", models.PositiveIntegerField(default=0, verbose_name="chưa gửi")),
                ("held", models.PositiveIntegerField(default=0, verbose_name="bị giữ lại")),
                ("photos", models.PositiveIntegerField(default=0, verbose_name="ảnh chưa gửi")),
                ("oldest_at", models.DateTimeField(null=True, verbose_name="mục chưa gửi cũ nhất")),
                ("last_receipt_at", models.DateTimeField(null=True, verbose_name="biên nhận gần nhất")),
                ("differs", models.JSONField(default=list, verbose_name="ngày lệch sổ")),
                ("build", models.CharField(blank=True, max_length=40, verbose_name="bản ứng dụng")),
                ("persisted", models.BooleanField(null=True, verbose_name="bộ nhớ được giữ")),
                ("reported_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="báo lúc")),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="device_reports",
                        to="teams.team",
                        verbose_name="đội hình",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="tài khoản",
                    ),
                ),
            ],
            options={
                "verbose_name": "thiết bị hiện trường",
                "verbose_name_plural": "thiết bị hiện trường",
                "ordering": ["-reported_at"],
                "constraints": [models.UniqueConstraint(fields=("device", "user"), name="devicereport_key")],
            },
        ),
        AppendOnly("services_help_scenephoto"),
    ]

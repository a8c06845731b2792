"""The words of ``/api/v1/sync/`` for the OpenAPI document. The intake itself reads items by its own, faster rules."""

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from services_help.intake.results import Status
from services_help.models import AgeGroup, Channel, ItemKind, Result

MAX_ITEMS = 500
MAX_BYTES = 1_000_000

SYNC = f"""
Mỗi mục được xét riêng: mục sai không chặn mục đúng, và gửi lại bao nhiêu lần cũng chỉ được ghi một lần. Trả lời theo
thứ tự đã gửi; `status` của mỗi mục là:

- `stored`: đã ghi chắc chắn. *Committed.*
- `replayed`: cổng đã giữ nội dung này từ trước; không có gì thay đổi. *Held already, nothing changed.*
- `conflict`: mã này đang giữ nội dung khác; không có gì thay đổi; `errors[0]` có hai mã băm `held` và `sent`.
  *Held with other content, nothing changed.*
- `rejected`: trái với một quy tắc; `errors` nói vì sao. *Refused by a rule.*

Tối đa {MAX_ITEMS} mục và 1 MB một lần, hơn thì 413: hãy chia nhỏ rồi gửi lại. Không nhận được trả lời thì cứ gửi lại
y nguyên.

*Each item stands alone; answers come in the order sent. At most {MAX_ITEMS} items and 1 MB a call (413: split and send
again). Without an answer, send the same again. `digest` is SHA-256 over the stored content, so that a client can prove
what the server holds.*
""".strip()
LEDGER = """
Số mục và mã băm của chúng, để thiết bị tự đối chiếu với những gì nó đã gửi; chỉ những mục mà người gọi được ghi.

*A count and a digest of what the server holds from a device for the sessions of a day, as far as the caller may
record.*
""".strip()
ID = "UUID do thiết bị tạo, nên là UUIDv7. Made on the device."
TIME = "ISO 8601, có múi giờ. With offset; kept to the millisecond."


class _Item(serializers.Serializer):
    id = serializers.UUIDField(help_text=ID)


class SyncSessionSerializer(_Item):
    """Ca hỗ trợ. Gửi lại với `ended_at` muộn hơn để đóng ca. Sent again with a later `ended_at` it is closed."""

    type = serializers.ChoiceField([ItemKind.SESSION.value])
    team = serializers.CharField(max_length=40, help_text="Mã đội hình. Team code.")
    day = serializers.DateField()
    point = serializers.CharField(max_length=40, allow_null=True, required=False, help_text="Mã điểm. Point code.")
    started_at = serializers.DateTimeField(help_text=TIME)
    ended_at = serializers.DateTimeField(allow_null=True, required=False, help_text=TIME)
    note = serializers.CharField(max_length=1000, allow_blank=True, required=False)


class SyncLogSerializer(_Item):
    """Lượt hỗ trợ: một dòng."""

    type = serializers.ChoiceField([ItemKind.LOG.value])
    session = serializers.UUIDField()
    service = serializers.CharField(max_length=40, help_text="Mã dịch vụ. Service code.")
    result = serializers.ChoiceField(Result.choices)
    people = serializers.IntegerField(min_value=0, max_value=5000)
    same_visit = serializers.BooleanField(
        required=False, help_text="Cùng người dân với dòng trước. The same citizen as the log before."
    )
    quantity = serializers.IntegerField(min_value=0, max_value=1_000_000, allow_null=True, required=False)
    metric = serializers.CharField(max_length=40, allow_null=True, required=False, help_text="Mã chỉ số.")
    age_group = serializers.ChoiceField(AgeGroup.choices, allow_null=True, required=False)
    beneficiary = serializers.CharField(max_length=40, allow_null=True, required=False)
    channel = serializers.ChoiceField(Channel.choices, required=False)
    happened_at = serializers.DateTimeField(help_text=TIME)


class SyncAttendanceSerializer(_Item):
    """Điểm danh."""

    type = serializers.ChoiceField([ItemKind.ATTENDANCE.value])
    session = serializers.UUIDField()
    volunteer = serializers.CharField(max_length=40, help_text="Mã tình nguyện viên. Volunteer code.")
    minutes = serializers.IntegerField(
        min_value=0, max_value=1440, allow_null=True, required=False, help_text="null: cả ca. The whole session."
    )


class SyncVoidSerializer(_Item):
    """Hủy một ca, một lượt hoặc một lần điểm danh; được đến trước mục bị hủy."""

    type = serializers.ChoiceField([ItemKind.VOID.value])
    target = serializers.UUIDField(help_text="Mã mục bị hủy. Id of what is taken back.")
    reason = serializers.CharField(max_length=300)


class SyncBatchSerializer(serializers.Serializer):
    device = serializers.UUIDField(
        help_text="UUID của thiết bị, tạo một lần rồi giữ. Made once by the device and kept."
    )
    items = serializers.ListField(
        child=PolymorphicProxySerializer(
            component_name="SyncItem",
            serializers={
                ItemKind.SESSION.value: SyncSessionSerializer,
                ItemKind.LOG.value: SyncLogSerializer,
                ItemKind.ATTENDANCE.value: SyncAttendanceSerializer,
                ItemKind.VOID.value: SyncVoidSerializer,
            },
            resource_type_field_name="type",
        ),
        max_length=MAX_ITEMS,
    )


class SyncErrorSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Mã ổn định cho chương trình. Stable code for programs.")
    pointer = serializers.CharField(
        allow_blank=True, help_text="JSON pointer trong mục (rỗng: cả mục). Within the item."
    )
    detail = serializers.CharField(help_text="Cho người đọc, theo Accept-Language. For a person.")
    held = serializers.CharField(required=False, help_text="conflict: SHA-256 của nội dung cổng giữ.")
    sent = serializers.CharField(required=False, help_text="conflict: SHA-256 của nội dung vừa gửi.")


class SyncResultSerializer(serializers.Serializer):
    id = serializers.CharField(allow_null=True, help_text="Như đã gửi. As it was sent.")
    status = serializers.ChoiceField([status.value for status in Status])
    digest = serializers.CharField(
        allow_null=True, help_text="SHA-256 của nội dung cổng đang giữ. Of what the server holds; null: nothing."
    )
    errors = SyncErrorSerializer(many=True)


class SyncAnswerSerializer(serializers.Serializer):
    received_at = serializers.DateTimeField()
    items = SyncResultSerializer(many=True, help_text="Theo thứ tự đã gửi. In the order sent.")


class _KindsSerializer(serializers.Serializer):
    session = serializers.IntegerField()
    log = serializers.IntegerField()
    attendance = serializers.IntegerField()
    void = serializers.IntegerField()

    class Meta:
        ref_name = "SyncKinds"


class LedgerSerializer(serializers.Serializer):
    device = serializers.UUIDField()
    day = serializers.DateField()
    count = serializers.IntegerField()
    digest = serializers.CharField(help_text="SHA-256 của các cặp (id, digest) xếp theo id. Over the sorted pairs.")
    kinds = _KindsSerializer(help_text="Số mục theo loại. Items by kind.")

"""The endpoints: never a redirect, kept by no cache between, problem details on errors."""

from django.http import HttpResponse, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.gzip import gzip_page
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import StrictParameters, invalid_parameter
from core.dated import today
from core.keys import is_key
from core.problems import TooLarge
from services_help.devices import LedgerOfDay, report_device
from services_help.field.queries import my_teams
from services_help.field.returned import answer_return
from services_help.field_api.kit import Kit, kit_of
from services_help.intake import fields
from services_help.models import Session
from services_help.photos import MOST_BYTES, store_photo
from services_help.sync_api import FastJSONRenderer
from teams.access import access_of
from teams.authentication import SessionAuthentication
from teams.models import DevicePass
from teams.permissions import Right

# Of one phone: more have never worked on it.
MOST_FORMER = 100


class FieldApi(StrictParameters, APIView):
    """For the app alone: by the browser's session, and not part of the documented interface."""

    schema = None
    authentication_classes = [SessionAuthentication]
    renderer_classes = [FastJSONRenderer]
    throttle_scope = "sync"

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class SessionApi(FieldApi):
    """Who is signed in on this phone, and what is needed to send: also for an account that may not log."""

    permission_classes = [IsAuthenticated]

    def get(self, request):
        access, user = access_of(request), request.user
        may_record = access.has(Right.LOG_RECORD)
        return Response(
            {
                "app": "xks-field",
                "user": {"id": str(user.pk), "name": str(user), "kind": user.kind},
                "may_record": may_record,
                "csrf": get_token(request),
                "server_time": timezone.localtime().isoformat(timespec="milliseconds"),
                "expires_at": timezone.localtime(request.session.get_expiry_date()).isoformat(timespec="seconds"),
                "min_proto": 1,
                "max_proto": 1,
                "kit": kit_of(access).etag if may_record else None,
                "language": get_language(),
            }
        )


@method_decorator(gzip_page, name="dispatch")
class KitApi(FieldApi):
    """All that the phone needs without network. ``?team=``, again and again: further teams, for staff of many."""

    rights = {"GET": Right.LOG_RECORD}

    def parameters(self):
        return super().parameters() | {"team"}

    def get(self, request):
        access = access_of(request)
        kit = kit_of(access, request.query_params.getlist("team"))
        # For the trail: who is shown to somebody above, and not to the leader.
        request._request.names_people = sorted(kit.named.difference(access.team_ids(Right.LOG_RECORD)))
        return _not_modified(request, kit) or HttpResponse(
            kit.body, content_type="application/json", headers={"ETag": kit.etag}
        )


def _not_modified(request, kit: Kit) -> HttpResponse | None:
    if kit.etag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponseNotModified(headers={"ETag": kit.etag})
    return None


class TeamsApi(FieldApi):
    """For staff of many teams: those whose name or code has ``q`` in it."""

    rights = {"GET": Right.LOG_RECORD}

    def parameters(self):
        return super().parameters() | {"q"}

    def get(self, request):
        teams, has_more = my_teams(access_of(request), today(), request.query_params.get("q", "").strip()[:60])
        return Response({"teams": [{"code": team.code, "name": team.name} for team in teams], "more": has_more})


class FormerApi(FieldApi):
    """``?user=``, again and again: of these accounts of a phone, the cards of the caller's own team.

    A card is used up with its phone, so nobody can sign in again as the one before: what it has left on the phone goes
    on under the new card. Of people, and of other teams, nothing is said.
    """

    rights = {"GET": Right.LOG_RECORD}

    def parameters(self):
        return super().parameters() | {"user"}

    def get(self, request):
        named = request.query_params.getlist("user")[:MOST_FORMER]
        asked = [int(text) for text in named if is_key(text)]
        # By appointment to the team itself: staff above it bring in what is left by a rescue, in their own name.
        own = access_of(request).team_ids(Right.LOG_RECORD)
        cards = DevicePass.objects.filter(device_user__in=asked, team__in=own).exclude(device_user=request.user)
        rows = cards.order_by("device_user").values_list("device_user", "team__code")
        return Response({"former": [{"user": str(user), "team": code} for user, code in rows]})


class LedgerOfDaySerializer(serializers.Serializer):
    day = serializers.DateField()
    count = serializers.IntegerField(min_value=0, max_value=1_000_000)
    digest = serializers.RegexField(r"^[0-9a-f]{64}$")


class DeviceReportSerializer(serializers.Serializer):
    """What is not known here is passed over: an app may be newer than the portal."""

    device = serializers.UUIDField()
    unsent = serializers.IntegerField(min_value=0, max_value=1_000_000)
    held = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)
    photos = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)
    oldest_at = serializers.DateTimeField(allow_null=True, default=None)
    last_receipt_at = serializers.DateTimeField(allow_null=True, default=None)
    ledger = LedgerOfDaySerializer(many=True, max_length=14, default=list)
    build = serializers.CharField(max_length=40, allow_blank=True, default="")
    persisted = serializers.BooleanField(allow_null=True, default=None)


class DeviceApi(FieldApi):
    rights = {"POST": Right.LOG_RECORD}

    def post(self, request):
        said = DeviceReportSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        values = dict(said.validated_data)
        days = [LedgerOfDay(**each) for each in values.pop("ledger")]
        report_device(days=days, access=access_of(request), **values)
        # A phone in use stays signed in; a device pass still ends on its day.
        request.session.modified = True
        return Response(status=204)


class AnswerSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=500)
    returned_at = serializers.DateTimeField()


class AnswerApi(FieldApi):
    """To staff who sent a shift back. The phone keeps it until this has said yes; however often it comes, it is one."""

    rights = {"POST": Right.LOG_RECORD}

    def post(self, request, session_id):
        access = access_of(request)
        session = get_object_or_404(Session.objects.visible_to(access, Right.LOG_RECORD), pk=session_id)
        said = AnswerSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        answer_return(session=session, access=access, **said.validated_data)
        return Response({"status": "stored"})


class JpegParser(BaseParser):
    media_type = "image/jpeg"

    def parse(self, stream, media_type=None, parser_context=None) -> bytes:
        data = stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise TooLarge(_("Ảnh quá lớn: tối đa 300 kB."))
        return data


class PhotoApi(FieldApi):
    """``PUT``: the id is made on the phone, and the same picture may come any number of times."""

    rights = {"PUT": Right.LOG_RECORD}
    parser_classes = [JpegParser]

    def parameters(self):
        return super().parameters() | {"session"}

    def put(self, request, photo_id):
        try:
            session_id = fields.uuid(request.query_params.get("session", ""))
        except fields.Refused as refused:
            raise invalid_parameter("session", _("Mã ca phải là một UUID."), refused.code) from refused
        data = request.data if isinstance(request.data, bytes) else b""
        is_new = store_photo(photo_id=photo_id, session_id=session_id, data=data, access=access_of(request))
        return Response({"status": "stored" if is_new else "replayed"}, status=201 if is_new else 200)

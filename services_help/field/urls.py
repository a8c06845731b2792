"""The phone: the app at ``/field/``, the pages for browsers that cannot run it under ``web/``, the QR code's door.

Codes in paths are those of the catalogue; ids are those of the intake.
"""

from django.urls import include, path

from services_help.field import shell
from services_help.field.views import home, logs, passes, session

app_name = "field"
web = [
    path("", home.home, name="home"),
    path("mo-ca/", home.open_session, name="session_open"),
    path("quy-tac/", home.rules, name="rules"),
    path("ca/<uuid:session_id>/", session.show, name="session"),
    path("ca/<uuid:session_id>/diem-danh/", session.attendance, name="attendance"),
    path("ca/<uuid:session_id>/dong/", session.close, name="session_close"),
    path("ca/<uuid:session_id>/tra-loi/", session.answer, name="session_answer"),
    path("ca/<uuid:session_id>/dv/<str:service_code>/", logs.record, name="log_record"),
    path("ca/<uuid:session_id>/dv/<str:service_code>/so-luong/", logs.record_bulk, name="log_bulk"),
    path("ca/<uuid:session_id>/luot/", logs.history, name="logs"),
    path("ca/<uuid:session_id>/luot/<uuid:log_id>/huy/", logs.undo, name="log_undo"),
]
urlpatterns = [
    # Phones keep these addresses for years: none of them may ever move.
    path("", shell.app, name="app"),
    path("sw.js", shell.worker, name="worker"),
    path("manifest.webmanifest", shell.manifest, name="manifest"),
    path("api/", include("services_help.field_api.urls")),
    # Printed on cards.
    path("pass/<str:code>/", passes.redeem, name="pass"),
    path("web/", include(web)),
]

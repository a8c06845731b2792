"""The pages of the phone. Codes in paths are those of the catalogue; ids are those of the intake."""

from django.urls import path

from services_help.field.views import home, logs, passes, session

app_name = "field"
urlpatterns = [
    path("", home.home, name="home"),
    path("mo-ca/", home.open_session, name="session_open"),
    path("quy-tac/", home.rules, name="rules"),
    path("pass/<str:code>/", passes.redeem, name="pass"),
    path("ca/<uuid:session_id>/", session.show, name="session"),
    path("ca/<uuid:session_id>/diem-danh/", session.attendance, name="attendance"),
    path("ca/<uuid:session_id>/dong/", session.close, name="session_close"),
    path("ca/<uuid:session_id>/dv/<str:service_code>/", logs.record, name="log_record"),
    path("ca/<uuid:session_id>/dv/<str:service_code>/so-luong/", logs.record_bulk, name="log_bulk"),
    path("ca/<uuid:session_id>/luot/", logs.history, name="logs"),
    path("ca/<uuid:session_id>/luot/<uuid:log_id>/huy/", logs.undo, name="log_undo"),
]

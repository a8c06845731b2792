"""Duyệt ca."""

from django.urls import path

from desk.review.views import late, locks, queue, session

app_name = "review"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("approve/", queue.approve_chosen, name="approve_chosen"),
    path("approve-plain/", queue.approve_plain, name="approve_plain"),
    path("locks/", locks.locks, name="locks"),
    path("locks/new/", locks.lock_new, name="lock_new"),
    path("locks/<int:pk>/lift/", locks.lock_lift, name="lock_lift"),
    path("late/", late.late, name="late"),
    path("adjustments/", locks.adjustments, name="adjustments"),
    path("<uuid:session_id>/", session.session, name="session"),
    path("<uuid:session_id>/approve/", session.approve_one, name="approve_one"),
    path("<uuid:session_id>/return/", session.send_back, name="send_back"),
    path("<uuid:session_id>/reopen/", session.reopen, name="reopen"),
    path("<uuid:session_id>/flags/<int:flag_id>/", session.settle, name="settle"),
    path("<uuid:session_id>/take-back/<uuid:item_id>/", session.take_back, name="take_back"),
    path("<uuid:session_id>/photos/<uuid:photo_id>/", session.photo, name="photo"),
]

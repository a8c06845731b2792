"""Scene photos: in once, without EXIF, seen by those who see the session, taken away when they show too much."""

import hashlib
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from core.errors import DomainError, NotAllowed
from core.ids import uuid7
from core.models import AuditEvent
from services_help import photos
from services_help.models import ScenePhoto
from services_help.photos import remove_photo
from teams.access import access_of_user
from tests import factories
from tests.services_help.pictures import EXIF, jpeg, segment

pytestmark = pytest.mark.django_db
GOOD = jpeg()


def signed_in(user, **options) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def shift(world):
    return factories.session(world.team, by=world.leader)


def put(user, shift, data: bytes = GOOD, photo_id=None, content_type: str = "image/jpeg", **options):
    address = f"/field/api/photos/{photo_id or uuid7()}/?session={getattr(shift, 'pk', shift)}"
    return signed_in(user).put(address, data, content_type=content_type, **options)


def said(answer) -> tuple:
    return answer.status_code, answer.json().get("code") or answer.json()["status"]


def files(folder) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


# --- in once ----------------------------------------------------------------------------------------------------------
def test_photo_is_kept_with_what_is_known_of_it(world, shift, own_media):
    photo_id = uuid7()
    assert said(put(world.leader, shift, photo_id=photo_id)) == (201, "stored")
    photo = ScenePhoto.objects.get()
    assert (photo.pk, photo.session, photo.device, photo.created_by) == (photo_id, shift, shift.device, world.leader)
    assert (photo.width, photo.height, photo.size) == (1600, 1200, len(GOOD))
    assert photo.sha256 == hashlib.sha256(GOOD).hexdigest()
    assert files(own_media) == [GOOD]
    event = AuditEvent.objects.get(action="services_help.photo_stored")
    assert (event.actor, event.target_id, event.scope_unit) == (world.leader, str(photo_id), world.tan_tuc.pk)


def test_photo_sent_again_changes_nothing(world, shift, own_media):
    photo_id = uuid7()
    answers = [said(put(world.leader, shift, photo_id=photo_id)) for _time in range(3)]
    assert answers == [(201, "stored"), (200, "replayed"), (200, "replayed")]
    assert (ScenePhoto.objects.count(), len(files(own_media))) == (1, 1)
    assert AuditEvent.objects.filter(action="services_help.photo_stored").count() == 1


def test_id_of_a_photo_holds_its_content_and_its_session(world, shift):
    photo_id, elsewhere = uuid7(), factories.session(world.team)
    put(world.leader, shift, photo_id=photo_id)
    assert said(put(world.leader, shift, jpeg(width=800), photo_id=photo_id)) == (409, "id_taken")
    assert said(put(world.leader, elsewhere, photo_id=photo_id)) == (409, "id_taken")


def test_sixth_photo_of_a_session_is_refused_and_a_replay_is_not(world, shift):
    first = uuid7()
    answers = [put(world.leader, shift, photo_id=first), *(put(world.leader, shift) for _more in range(5))]
    assert [said(answer) for answer in answers] == [(201, "stored")] * 5 + [(409, "too_many_photos")]
    assert said(put(world.leader, shift, photo_id=first)) == (200, "replayed")


# --- without a word ---------------------------------------------------------------------------------------------------
REFUSED = {
    "with Exif": (jpeg(segment(0xE1, EXIF)), 400, "has_metadata"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, 400, "not_jpeg"),
    "nothing": (b"", 400, "not_jpeg"),
    "cut off": (GOOD[:-1], 400, "not_jpeg"),
    "too wide": (jpeg(width=1601), 400, "too_big"),
    "too high": (jpeg(height=1601), 400, "too_big"),
    "too heavy": (jpeg(scan=b"\x12" * 300_001), 413, "too_large"),
    "much too heavy": (b"\0" * 6_000_000, 413, "too_large"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_photo_that_is_not_bare_and_small_is_refused(world, shift, own_media, case):
    data, status, code = REFUSED[case]
    assert said(put(world.leader, shift, data)) == (status, code)
    assert (ScenePhoto.objects.count(), files(own_media)) == (0, [])


def test_photo_of_the_largest_size_is_taken(world, shift):
    data = jpeg(scan=b"\x12" * (300_000 - len(jpeg(scan=b""))), height=1600)
    assert len(data) == 300_000
    assert said(put(world.leader, shift, data)) == (201, "stored")


@pytest.mark.parametrize("kind", ["image/png", "application/json", "application/octet-stream"])
def test_photo_under_another_name_is_refused(world, shift, kind):
    assert said(put(world.leader, shift, content_type=kind)) == (415, "unsupported_media_type")


def test_photo_is_sent_with_the_csrf_token_only(world, shift):
    client = signed_in(world.leader, enforce_csrf_checks=True)
    address = f"/field/api/photos/{uuid7()}/?session={shift.pk}"
    token = client.get("/field/api/session/").json()["csrf"]
    answers = [
        client.put(address, GOOD, content_type="image/jpeg", headers=headers)
        for headers in ({}, {"X-CSRFToken": token})
    ]
    assert [said(answer) for answer in answers] == [(403, "csrf_failed"), (201, "stored")]


# --- whose ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "answer"),
    [
        ("leader", (201, "stored")),
        ("unit_staff", (201, "stored")),
        ("city_staff", (201, "stored")),
        ("leader_bank", (404, "unknown_session")),
        ("bank_staff", (404, "unknown_session")),
        ("viewer", (403, "not_allowed")),
        ("nobody", (403, "not_allowed")),
    ],
)
def test_photo_is_taken_from_those_who_record_for_the_team(world, shift, who, answer):
    assert said(put(getattr(world, who), shift)) == answer


def test_photo_of_a_stranger_is_refused(shift, client):
    address = f"/field/api/photos/{uuid7()}/?session={shift.pk}"
    assert client.put(address, GOOD, content_type="image/jpeg").status_code == 401


def test_photo_that_comes_before_its_session_waits(world):
    assert said(put(world.leader, uuid7())) == (404, "unknown_session")


def test_photo_of_a_session_that_was_taken_back_is_refused(world, shift):
    factories.void(shift)
    assert said(put(world.leader, shift)) == (409, "session_voided")


@pytest.mark.parametrize("wrong", ["", "x", "1234"])
def test_photo_without_a_session_is_refused(world, wrong):
    assert said(put(world.leader, wrong)) == (400, "invalid_parameter")


# --- faults -----------------------------------------------------------------------------------------------------------
def test_disk_that_is_full_keeps_neither_row_nor_promise(world, shift, monkeypatch, own_media):
    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(photos, "make_durable", full)
    photo_id = uuid7()
    client = signed_in(world.leader, raise_request_exception=False)
    address = f"/field/api/photos/{photo_id}/?session={shift.pk}"
    assert client.put(address, GOOD, content_type="image/jpeg").status_code == 500
    assert (ScenePhoto.objects.count(), AuditEvent.objects.filter(action="services_help.photo_stored").count()) == (
        0,
        0,
    )
    assert files(own_media) == []
    monkeypatch.undo()
    assert said(put(world.leader, shift, photo_id=photo_id)) == (201, "stored")
    assert Path(ScenePhoto.objects.get().file.path).read_bytes() == GOOD


def test_audit_that_fails_takes_the_photo_with_it(world, shift, monkeypatch, own_media):
    def broken(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(photos.audit, "record", broken)
    client = signed_in(world.leader, raise_request_exception=False)
    address = f"/field/api/photos/{uuid7()}/?session={shift.pk}"
    assert client.put(address, GOOD, content_type="image/jpeg").status_code == 500
    assert (ScenePhoto.objects.count(), files(own_media)) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_photos_at_once_do_not_overfill_a_session(world):
    shift, start = factories.session(world.team), Barrier(8)
    clients = [signed_in(world.leader) for _thread in range(8)]
    answers: list[int] = []

    def send(client):
        start.wait(10)
        try:
            address = f"/field/api/photos/{uuid7()}/?session={shift.pk}"
            answers.append(client.put(address, GOOD, content_type="image/jpeg").status_code)
        finally:
            connection.close()

    threads = [Thread(target=send, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == [201] * 5 + [409] * 3
    assert ScenePhoto.objects.count() == 5


@pytest.mark.parametrize("change", [lambda rows: rows.update(size=1), lambda rows: rows.delete()])
def test_row_of_a_photo_is_written_once(world, shift, change):
    put(world.leader, shift)
    with pytest.raises(DatabaseError), transaction.atomic():
        change(ScenePhoto.objects.all())


# --- seen by ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def photo(world, shift) -> ScenePhoto:
    put(world.leader, shift)
    return ScenePhoto.objects.get()


def look(user, photo, session=None) -> tuple:
    """(status, bytes)"""
    answer = signed_in(user).get(seen(photo, session))
    return answer.status_code, answer.getvalue()  # which closes the file


def seen(photo, session=None) -> str:
    return f"/admin/services_help/session/{(session or photo.session).pk}/photo/{photo.pk}/"


def test_photo_is_shown_on_the_page_of_its_session(world, photo, shift):
    page = signed_in(world.unit_staff).get(f"/admin/services_help/session/{shift.pk}/change/").text
    assert f'src="{seen(photo)}"' in page
    assert "Ảnh hiện trường chỉ chụp quang cảnh, không chụp mặt người dân và giấy tờ." in page


def test_photo_comes_as_it_was_sent_and_is_kept_by_no_cache(world, photo):
    answer = signed_in(world.unit_staff).get(seen(photo))
    assert (answer.status_code, answer.getvalue()) == (200, GOOD)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("who", "status"),
    [("city_staff", 200), ("unit_staff", 200), ("viewer", 200), ("bank_staff", 404), ("leader", 302), ("nobody", 302)],
)
def test_photo_is_seen_by_staff_who_see_the_session(world, photo, who, status):
    assert look(getattr(world, who), photo)[0] == status


def test_photo_of_another_session_is_not_found_there(world, photo):
    other = factories.session(world.team)
    assert signed_in(world.unit_staff).get(seen(photo, other)).status_code == 404


def test_photo_has_no_public_address(world, photo, client):
    for path in (f"/media/{photo.file.name}", f"/static/{photo.file.name}", f"/{photo.file.name}"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_page_of_the_session_costs_the_same_with_more_photos(world, shift, rows, django_assert_num_queries):
    for _row in range(rows):
        put(world.leader, shift)
    client = signed_in(world.unit_staff)
    address = f"/admin/services_help/session/{shift.pk}/change/"
    client.get(address)
    with django_assert_num_queries(12):
        client.get(address)


# --- taken away -------------------------------------------------------------------------------------------------------
def test_photo_is_taken_away_with_a_reason(world, photo, own_media, django_capture_on_commit_callbacks):
    client = signed_in(world.unit_staff)
    assert "Gỡ ảnh" in client.get(seen(photo) + "remove/").text
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(seen(photo) + "remove/", {"reason": "Thấy mặt người dân"})
    assert "Ảnh đã gỡ" in client.get(answer.url).text
    assert files(own_media) == []
    event = AuditEvent.objects.get(action="services_help.photo_removed")
    assert (event.actor, event.data["reason"], event.scope_unit) == (
        world.unit_staff,
        "Thấy mặt người dân",
        world.tan_tuc.pk,
    )
    assert client.get(seen(photo)).status_code == 404


def test_photo_that_was_taken_away_does_not_come_back(world, photo, shift, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        remove_photo(photo=photo, reason="Có giấy tờ", access=access_of_user(world.unit_staff))
        remove_photo(photo=photo, reason="Có giấy tờ", access=access_of_user(world.unit_staff))
    assert said(put(world.leader, shift, photo_id=photo.pk)) == (200, "replayed")
    assert not photo.is_there


def test_photo_is_taken_away_once(world, photo, django_capture_on_commit_callbacks):
    for _time in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            remove_photo(photo=photo, reason="Có giấy tờ", access=access_of_user(world.unit_staff))
    assert AuditEvent.objects.filter(action="services_help.photo_removed").count() == 1


@pytest.mark.parametrize("reason", ["", "   ", "Ảnh của 0903 123 456"])
def test_photo_is_not_taken_away_without_a_decent_reason(world, photo, reason):
    with pytest.raises(DomainError):
        remove_photo(photo=photo, reason=reason, access=access_of_user(world.unit_staff))
    client = signed_in(world.unit_staff)
    assert client.post(seen(photo) + "remove/", {"reason": reason}).status_code == 200
    assert photo.is_there


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("bank_staff", 404), ("leader", 302)])
def test_photo_is_taken_away_by_those_who_may_take_back_logs(world, photo, who, status):
    client = signed_in(getattr(world, who))
    assert client.post(seen(photo) + "remove/", {"reason": "x"}).status_code == status
    with pytest.raises(NotAllowed):
        remove_photo(photo=photo, reason="x", access=access_of_user(getattr(world, who)))
    assert photo.is_there


def test_file_that_is_lost_from_the_disk_is_not_found(world, photo):
    photo.file.storage.delete(photo.file.name)
    assert signed_in(world.unit_staff).get(seen(photo)).status_code == 404

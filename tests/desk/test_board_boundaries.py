"""Real boundaries for the map: loaded whole or not at all, every fault told, drawn on the server."""

import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import AuditEvent
from desk.board.boundary_map import boundary_map
from desk.board.steps import steps_of
from desk.board.tiles import places_on
from teams import geojson
from teams.access import access_of_user
from teams.boundaries import BadBoundaries, load_boundaries
from teams.models import AdminArea, AreaBoundary
from teams.reference import CITY
from tests import factories
from tests.desk.boards import planned, work
from tests.factories import PEAK_DAY

PAGE, REMOVE = reverse("dashboard:boundaries"), reverse("dashboard:boundaries_remove")
SQUARE = [[106.6, 10.7], [106.7, 10.7], [106.7, 10.8], [106.6, 10.8], [106.6, 10.7]]


@pytest.fixture
def ward(world):
    given = {"province_name": CITY, "lat": 10.75, "lon": 106.65}
    world.wards = [factories.area(code, name=f"Phường {code}", **given) for code in ("26001", "26002")]
    return world


def feature(code: str = "26001", ring=SQUARE, kind: str = "Polygon", **properties) -> dict:
    coordinates = [ring] if kind == "Polygon" else [[ring]]
    properties = properties or {"code": code}
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def load(world, *features, source: str = "Bản đồ mẫu") -> int:
    access = access_of_user(world.city_staff)
    return load_boundaries(data=collection(*features), day=PEAK_DAY, source=source, access=access)


def post(client, data: bytes, **fields):
    file = SimpleUploadedFile("ranh-gioi.geojson", data, content_type="application/geo+json")
    return client.post(PAGE, {"file": file, "day": PEAK_DAY.isoformat(), "source": "Bản đồ mẫu"} | fields)


# --- loading ----------------------------------------------------------------------------------------------------------
def test_boundaries_are_loaded_with_their_source_and_in_the_trail(ward):
    assert load(ward, feature("26001"), feature("26002", kind="MultiPolygon")) == 2

    kept = AreaBoundary.objects.get(area=ward.wards[0])
    assert (kept.polygons, kept.source, kept.loaded_by) == ([[SQUARE]], "Bản đồ mẫu", ward.city_staff)
    event = AuditEvent.objects.get(action="teams.boundaries_loaded")
    assert event.actor == ward.city_staff


def test_same_file_again_changes_nothing(ward):
    load(ward, feature("26001"))

    assert load(ward, feature("26001")) == 0
    assert AuditEvent.objects.filter(action="teams.boundaries_loaded").count() == 1
    assert load(ward, feature("26001"), source="Nguồn khác") == 1


def test_one_fault_leaves_everything_as_it_was(ward):
    with pytest.raises(BadBoundaries) as error:
        load(ward, feature("26001"), feature("99999"))

    assert error.value.faults == ["1 mã không phải của phường, xã nào có hiệu lực ngày 26/03/2023: 99999"]
    assert not AreaBoundary.objects.exists()


def test_code_is_that_of_the_day(ward):
    AdminArea.objects.filter(code="26001").update(valid_to=PEAK_DAY - dt.timedelta(days=1))

    with pytest.raises(BadBoundaries):
        load(ward, feature("26001"))


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        (feature(ring=SQUARE[:3]), "một đường bao có ít hơn bốn điểm"),
        (feature(ring=[*SQUARE[:4], [106.6, 10.71]]), "chưa khép kín"),
        (feature(ring=[[lat, lon] for lon, lat in SQUARE]), "bị đổi chỗ"),
        (feature(ring=[[600000.0, 1180000.0]] * 4), "hãy chuyển từ VN-2000"),
        (feature(ring=[[2.3, 48.8]] * 4), "nằm ngoài Việt Nam"),
        (feature(ring=[["a", "b"]] * 4), "một điểm không phải [kinh độ, vĩ độ]"),
        (feature(name="Phường 1"), "thiếu mã của phường, xã"),
        ({"type": "Feature", "properties": None}, "thiếu phần “properties”"),
        ({"properties": {"code": "26001"}, "geometry": {"type": "Point"}}, "phải là Polygon hoặc MultiPolygon"),
        ({"properties": {"code": "26001"}, "geometry": {"type": "Polygon"}}, "không có đường bao"),
        ({"properties": {"code": "26001"}, "geometry": {"type": "MultiPolygon"}}, "không có tọa độ nào"),
    ],
)
def test_fault_says_where_it_is_and_what(part, fault):
    faults = geojson.read(collection(feature("26002"), part)).faults

    assert len(faults) == 1
    assert faults[0].startswith("Đối tượng 2: ")
    assert fault in faults[0]


@pytest.mark.parametrize(
    "data", [b"\xff\xfe", b"[]", b'{"type": "FeatureCollection", "features": []}', b"1", b"[" * 9999]
)
def test_file_that_is_no_collection_is_refused(data):
    assert len(geojson.read(data).faults) == 1


def test_area_named_twice_and_too_many_faults_are_told():
    assert "đã có ở một đối tượng trước" in geojson.read(collection(feature(), feature())).faults[0]
    assert geojson.read(collection(*[{}] * 50)).faults[-1] == "Dừng ở đây; còn có thể có lỗi khác."


@pytest.mark.parametrize("name", ["code", "MA", "Ma_Xa", "gso_code"])
def test_code_is_found_under_the_names_that_files_use(name):
    assert list(geojson.read(collection(feature(**{name: 26001}))).found) == ["26001"]


def test_points_on_a_line_are_left_out_and_corners_stay():
    fine = [[106.6 + step / 1000, 10.7] for step in range(101)] + SQUARE[2:]

    assert geojson.read(collection(feature(ring=fine))).found["26001"] == [[SQUARE]]


def test_islet_disappears_but_never_a_whole_area():
    dot = [[106.65, 10.7], [106.65005, 10.7], [106.65005, 10.70005], [106.65, 10.7]]
    both = {"type": "MultiPolygon", "coordinates": [[SQUARE], [dot]]}

    assert geojson.read(collection(feature() | {"geometry": both})).found["26001"] == [[SQUARE]]
    assert len(geojson.read(collection(feature(ring=dot))).found["26001"][0][0]) == 4


# --- the page ---------------------------------------------------------------------------------------------------------
def test_staff_load_and_remove_boundaries_on_the_page(client, ward):
    client.force_login(ward.city_staff)

    loaded = post(client, collection(feature("26001"), feature("26002")))
    assert (loaded.status_code, AreaBoundary.objects.count()) == (302, 2)
    page = client.get(PAGE)
    assert "Đã nạp ranh giới của 2 phường, xã." in page.text
    assert "2 trên 2 phường, xã của hôm nay đã có ranh giới." in page.text

    client.post(REMOVE)
    assert not AreaBoundary.objects.exists()
    assert "Đã gỡ 2 ranh giới." in client.get(PAGE).text
    assert AuditEvent.objects.filter(action="teams.boundaries_removed").count() == 1
    client.post(REMOVE)
    assert AuditEvent.objects.filter(action="teams.boundaries_removed").count() == 1


def test_page_tells_the_faults_of_a_file(client, ward):
    client.force_login(ward.city_staff)

    response = post(client, collection(feature("99999")))

    assert response.status_code == 400
    assert "không phải của phường, xã nào có hiệu lực ngày 26/03/2023: 99999" in response.text


def test_page_sent_empty_says_what_is_missing(client, ward):
    client.force_login(ward.city_staff)

    response = client.post(PAGE)

    assert (response.status_code, set(response.context["form"].errors)) == (400, {"file", "day", "source"})


def test_page_asks_for_the_source(client, ward):
    client.force_login(ward.city_staff)

    assert post(client, collection(feature()), source="").status_code == 400
    assert not AreaBoundary.objects.exists()


@pytest.mark.parametrize("who", ["unit_staff", "viewer", "leader"])
def test_boundaries_are_for_those_who_look_after_the_catalogues(client, ward, who):
    client.force_login(getattr(ward, who))

    assert post(client, collection(feature())).status_code == 403
    assert client.post(REMOVE).status_code == 403
    assert not AreaBoundary.objects.exists()


# --- the map ----------------------------------------------------------------------------------------------------------
def test_board_draws_the_boundaries_where_they_are_and_says_how_many_are_missing(client, ward):
    plan = planned(ward)
    point = factories.point(unit=plan.tan_tuc, area=plan.wards[0])
    work(plan, plan.team, 12, point=point)
    load(plan, feature("26001"))
    client.force_login(plan.city_staff)

    hexagons = client.get(reverse("dashboard:widget", args=["map"]), {"day": PEAK_DAY})
    borders = client.get(reverse("dashboard:widget", args=["map"]), {"day": PEAK_DAY, "map": "border"})

    assert 'href="/dashboard/w/map/?day=2023-03-26&amp;map=border"' in hexagons.text
    assert borders.text.count("<path class=") == 1
    assert "<title>Phường 26001: 12</title>" in borders.text
    assert "1 phường, xã chưa có ranh giới, chỉ có trong bảng." in borders.text
    assert "Nguồn ranh giới: Bản đồ mẫu" in borders.text


def test_boundaries_are_drawn_north_up_within_the_frame(ward):
    north = [[lon, lat + 0.2] for lon, lat in SQUARE]
    load(ward, feature("26001"), feature("26002", ring=north))
    rows = [{"place": place, "code": place.code, "full_name": place.name, "value": 0} for place in places_on(PEAK_DAY)]

    drawn = boundary_map(rows, steps_of([]), PEAK_DAY)

    spots = {shape.label: [spot.split() for spot in shape.path[1:-1].split("L")] for shape in drawn.shapes}
    heights = {label: [float(y) for _x, y in points] for label, points in spots.items()}
    assert max(heights["Phường 26002"]) < min(heights["Phường 26001"])
    assert max(y for each in heights.values() for y in each) <= drawn.height
    assert (drawn.missing, drawn.source) == (0, "Bản đồ mẫu")


def test_map_without_any_boundary_says_so(client, ward):
    client.force_login(ward.city_staff)

    response = client.get(reverse("dashboard:widget", args=["map"]), {"day": PEAK_DAY, "map": "border"})

    assert "Chưa có ranh giới nào được nạp cho ngày này." in response.text
    assert "Xem bản đồ lục giác" not in response.text

"""A phone that cannot send gives its entries to another: as a file or a run of QR codes, and they count once."""

import base64
from pathlib import Path

import pytest

from services_help.models import AssistanceLog, Session
from teams.permissions import Role
from tests import factories
from tests.e2e.field_app.conftest import App
from tests.e2e.field_app.phone import Phone, books_agree, lines, pill_says, tap_away, town, until
from tests.e2e.visitor import DEVICES, open_visitor

pytestmark = pytest.mark.django_db(transaction=True)
LOGS = 6
ENTRIES = LOGS + 1  # the shift is one too
SIZE = WIDTH, HEIGHT = 640, 480


@pytest.fixture
def world(transactional_db):
    made = town()
    made.deputy = factories.user("doi-pho", Role.TEAM_LEADER, team=made.team)
    return made


@pytest.fixture
def open_phone(browser, live_server):
    made = []

    def open_(user) -> App:
        made.append(open_visitor(browser, live_server.url, DEVICES["phone"], user=user))
        return App(made[-1]).open()

    yield open_
    for visitor in made:
        visitor.leave()


@pytest.fixture
def stranded(open_phone, world):
    """The leader's phone after a morning without network; what it needs for a rescue is on it."""
    app = open_phone(world.leader).worker_is_there()
    until(lambda: app.page.evaluate(PARTS_ARE_KEPT), app)
    app.offline().open_shift()
    tap_away(app, LOGS)
    pill_says(app, f"{ENTRIES} chưa gửi", "chờ mạng")
    return app.tap("Gửi dữ liệu").tap("Cứu dữ liệu: chuyển sang máy khác").sees("Máy này không gửi được")


PARTS_ARE_KEPT = """async () => {
  const { partQr, partScan } = document.documentElement.dataset;
  return !!(await caches.match(partQr)) && !!(await caches.match(partScan));
}"""


def code_of(app: App) -> str:
    return app.page.locator("b.code").text_content()


def choose_file(app: App, path: Path) -> App:
    app.page.evaluate("() => { location.hash = 'rescue'; }")
    app.sees("Nhận từ máy khác").page.set_input_files("input[type=file]", path)
    return app.sees(path.name)


def unlock(app: App, code: str) -> App:
    app.page.get_by_label("Mã mở").fill(code)
    return app.tap("Nhận vào máy này")


def test_encrypted_file_is_brought_in_by_a_colleague_and_by_staff_and_counts_once(
    stranded, open_phone, world, tmp_path
):
    with stranded.page.expect_download() as download:
        stranded.tap("Lưu tệp mã hóa")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    code = code_of(stranded)

    colleague = choose_file(open_phone(world.deputy), file)
    unlock(colleague, "ABCD-EFGH-JKMN-PQRS").sees("Mã mở không đúng, hoặc tệp bị hỏng.")
    # As it may be typed by whoever heard it on the telephone.
    unlock(colleague, code.lower().replace("-", " ")).sees(f"Đã nhận {ENTRIES} mục của {world.leader}.").all_sent()
    assert (lines(), Session.objects.get().created_by) == (LOGS, world.deputy)

    # Once more on the same phone; by staff, who have not heard of the colleague; and by the phone itself.
    unlock(choose_file(colleague, file), code).sees(f"Đã nhận 0 mục của {world.leader}.")
    staff = choose_file(open_phone(world.unit_staff), file)
    unlock(staff, code).sees(f"Đã nhận {ENTRIES} mục của {world.leader}.").all_sent()
    stranded.offline(False).all_sent()
    assert AssistanceLog.objects.live().count() == AssistanceLog.objects.count() == LOGS
    # They stand in the books of the phone that recorded them.
    books_agree(stranded, world.leader, ENTRIES)


@pytest.fixture
def phone_before(browser_type, live_server, tmp_path):
    """``phone_before(film)``: a phone whose camera sees the film, again and again."""
    made = []

    def open_(film: Path) -> Phone:
        flags = (
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        )
        made.append(Phone(browser_type, tmp_path / "profile", live_server.url, flags=flags))
        return made[-1]

    yield open_
    for phone in made:
        phone.leave()


def test_run_of_codes_is_read_by_the_camera_of_a_colleague(stranded, phone_before, world, tmp_path):
    stranded.tap("Hiện mã QR").page.locator(".qr img").wait_for()
    film = tmp_path / "codes.y4m"
    film.write_bytes(film_of(pictures_shown(stranded)))
    phone = phone_before(film).signed_in(world.deputy).open()
    phone.page.evaluate("() => { location.hash = 'rescue'; }")
    phone.page.evaluate(KEEP_STREAM)

    # Whoever leaves the screen leaves the camera.
    phone.tap("Quét mã QR").page.locator("video:visible").wait_for()
    phone.tap("Quay lại").page.wait_for_function(
        "() => stream.getTracks().every((track) => track.readyState === 'ended')"
    )

    phone.tap("Cứu dữ liệu: chuyển sang máy khác").tap("Quét mã QR")
    # A machine with much else to do sees few of the film's pictures.
    phone.page.get_by_label("Mã mở").wait_for(timeout=60_000)
    unlock(phone, code_of(stranded)).sees(f"Đã nhận {ENTRIES} mục của {world.leader}.").all_sent()
    assert phone.page.evaluate("() => stream.getTracks().every((track) => track.readyState === 'ended')")
    assert (lines(), Session.objects.count()) == (LOGS, 1)
    assert phone.visitor.complaints == []


KEEP_STREAM = """() => {
  const { mediaDevices } = navigator, ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (what) => (globalThis.stream = await ask(what));
}"""


def pictures_shown(app: App) -> list[bytes]:
    """Of each code as the screen shows it, what a camera before it would see in grey."""
    [_, of] = app.page.locator(".qr figcaption").text_content().removeprefix("Mã ").split("/")
    assert int(of) > 1
    found = []
    for _code in range(int(of)):
        found.append(base64.b64decode(app.page.locator(".qr img").evaluate(SEEN, list(SIZE))))
        app.tap("Tiếp")
    assert len(set(found)) == int(of)
    return found


SEEN = """async (image, [width, height]) => {
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const paper = canvas.getContext("2d"), side = height - 60;
  paper.fillStyle = "#ddd";
  paper.fillRect(0, 0, width, height);
  paper.drawImage(image, (width - side) / 2, 30, side, side);
  const { data } = paper.getImageData(0, 0, width, height);
  let grey = "";
  for (let at = 0; at < data.length; at += 4) grey += String.fromCharCode(data[at]);
  return btoa(grey);
}"""


def film_of(pictures: list[bytes]) -> bytes:
    """YUV4MPEG2, as Chromium takes it in the place of a camera: each picture for a second, again and again."""
    colourless = bytes([128]) * (WIDTH * HEIGHT // 2)
    frames = [b"FRAME\n" + picture + colourless for picture in pictures for _repeat in range(5)]
    return f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F5:1 Ip A1:1\n".encode() + b"".join(frames)

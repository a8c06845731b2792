"""The shell, the worker and the manifest: public, the same for everybody, and a new version with every change."""

import gzip
import json
import re
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client
from django.utils.csp import build_policy

from core.dated import today
from services_help.field import shell
from teams.access import access_of_user
from teams.passes import issue_passes

APP, WORKER, MANIFEST = "/field/", "/field/sw.js", "/field/manifest.webmanifest"
NEEDED = ["css/field_app.css", "field/app.js", "field/rest.js", "field/icons.svg"]
KEPT = re.compile(rb"\Aself\.XKS = (\{.*?\});\n")


@pytest.fixture(autouse=True)
def built(settings, tmp_path):
    """A build of our own, since what stands in dist/ is another's business."""
    folder = tmp_path / "dist"
    for name, text in {
        "css/field_app.css": "body{}",
        "field/app.js": "start()",
        "field/sw.js": "work()",
        "field/sw_off.js": "leave()",
        "field/en.js": "english()",
        "field/icons.svg": "<svg/>",
        "field/qr.js": "draw()",
        "field/rest.js": "rest()",
        "field/icon-192.png": "small",
        "field/icon-512.png": "large",
        "field/icon-maskable-512.png": "round",
        "field/icon.svg": "<svg/>",
        "img/favicon.svg": "<svg/>",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    settings.STATICFILES_DIRS = [folder]
    return folder


@pytest.fixture
def hashed(settings, tmp_path, built):
    """As on a server: names with hashes, and a manifest of them."""
    settings.STATIC_ROOT = tmp_path / "static"
    backend = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "drf_spectacular_sidecar"]
    call_command("collectstatic", "--noinput", verbosity=0)
    return settings.STATIC_ROOT


def kept(client) -> dict:
    return json.loads(KEPT.match(client.get(WORKER).content)[1])


def version(client) -> str:
    return client.get(APP).headers["X-Field-Shell"]


# --- the same for everybody -------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("path", [APP, WORKER, MANIFEST])
def test_everybody_gets_the_same_bytes_and_no_cookie(world, path):
    strangers = Client().get(path)
    assert strangers.status_code == 200
    for who in ("leader", "city_staff", "viewer", "nobody"):
        client = Client()
        client.force_login(getattr(world, who))
        client.cookies["xks_language"] = "en"
        answer = client.get(path, headers={"Accept-Language": "en"})
        assert answer.content == strangers.content
        assert dict(answer.headers) == dict(strangers.headers)
        assert not answer.cookies
    assert strangers.headers["Vary"] == "Accept-Encoding"
    assert strangers.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", [APP, WORKER, MANIFEST])
def test_public_files_ask_the_database_nothing(client, path):
    """No ``django_db`` here: a query would fail."""
    assert client.get(path).status_code == 200


@pytest.mark.django_db
def test_shell_holds_neither_name_nor_token(world, client):
    client.force_login(world.leader)
    page = client.get(APP).text
    assert "csrf" not in page
    assert str(world.leader) not in page


@pytest.mark.parametrize("path", [APP, WORKER, MANIFEST])
@pytest.mark.parametrize(
    ("accepted", "packed_by", "unpack"),
    [("gzip, deflate", "gzip", gzip.decompress), ("gzip, deflate, br", "br", brotli.decompress)],
)
def test_public_files_travel_compressed(client, path, accepted, packed_by, unpack):
    plain, packed = client.get(path), client.get(path, headers={"Accept-Encoding": accepted})
    assert packed.headers["Content-Encoding"] == packed_by
    assert unpack(packed.content) == plain.content
    assert client.get(path, headers={"Accept-Encoding": accepted}).content == packed.content


@pytest.mark.parametrize("path", [APP, WORKER, MANIFEST])
def test_public_files_are_not_sent_again_unchanged(client, path):
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert not again.cookies


@pytest.mark.parametrize("path", [APP, WORKER, MANIFEST])
def test_public_files_are_only_read(client, path):
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


# --- what the shell says ----------------------------------------------------------------------------------------------
def test_shell_leads_to_the_pages_without_javascript(client):
    page = client.get(APP).text
    [fallback] = re.findall(r"<noscript>(.*?)</noscript>", page, re.DOTALL)
    assert 'href="/field/web/"' in fallback
    assert 'data-web="/field/web/"' in page
    assert 'data-login="/login/?next=/field/"' in page


def test_shell_names_what_it_starts_with_and_its_parts(client):
    page = client.get(APP).text
    assert '<script src="/static/field/app.js" type="module"></script>' in page
    assert '<link rel="stylesheet" href="/static/css/field_app.css">' in page
    assert dict(re.findall(r'data-part-(\w+)="([^"]+)"', page)) == {
        "en": "/static/field/en.js",
        "qr": "/static/field/qr.js",
        "rest": "/static/field/rest.js",
    }
    assert 'data-icons="/static/field/icons.svg"' in page


def test_shell_obeys_a_strict_policy(client):
    answer = client.get(APP)
    policy = answer.headers["Content-Security-Policy"]
    assert policy == build_policy(shell.SHELL_CSP)
    assert "img-src 'self' data: blob:" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)", answer.text)


def test_camera_is_for_the_app_alone(client):
    assert "camera=(self)" in client.get(APP).headers["Permissions-Policy"]
    assert "camera=()" in client.get(MANIFEST).headers["Permissions-Policy"]
    assert "geolocation=()" in client.get(APP).headers["Permissions-Policy"]


@pytest.mark.django_db
def test_card_leads_to_the_app(world, client):
    [issued] = issue_passes(team=world.team, count=1, valid_to=today(), access=access_of_user(world.unit_staff))
    answer = client.post(f"/field/pass/{issued.code}/")
    assert (answer.status_code, answer.url) == (302, APP)


# --- the worker -------------------------------------------------------------------------------------------------------
def test_worker_is_told_what_to_keep(client):
    answer = client.get(WORKER)
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.content.endswith(b"\nwork()")
    assert kept(client) == {
        "version": version(client),
        "shell": APP,
        "files": [*(f"/static/{name}" for name in NEEDED), MANIFEST],
        "lazy": ["/static/field/en.js", "/static/field/qr.js"],
    }


def test_worker_may_fetch_from_here_and_nothing_else(client):
    policy = client.get(WORKER).headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; script-src 'self'; connect-src 'self'"


def test_worker_keeps_what_there_is(client, built):
    for name in ("field/rest.js", "field/icons.svg", "field/en.js", "field/qr.js"):
        (built / name).unlink()
    told = kept(client)
    assert (told["files"], told["lazy"]) == (["/static/css/field_app.css", "/static/field/app.js", MANIFEST], [])


CHANGES = [*NEEDED, "field/en.js", "field/icon-192.png"]


@pytest.mark.parametrize("name", CHANGES)
def test_change_of_a_file_under_the_same_name_makes_a_new_version(client, built, name):
    before = version(client), client.get(WORKER).headers["ETag"]
    (built / name).write_text("changed")
    if name.endswith("png"):
        # Fetched by the system when the app is installed; the phone keeps it no longer than that.
        assert (version(client), client.get(WORKER).headers["ETag"]) == before
    else:
        assert version(client) != before[0]
        assert client.get(WORKER).headers["ETag"] != before[1]


def test_change_of_the_worker_alone_is_noticed_by_the_browser(client, built):
    before = client.get(WORKER)
    (built / "field/sw.js").write_text("work(better)")
    after = client.get(WORKER, headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.content.endswith(b"\nwork(better)")) == (200, True)


def test_change_of_the_template_makes_a_new_version(client, settings, tmp_path):
    before = version(client)
    changed = tmp_path / "templates/field/shell.html"
    changed.parent.mkdir(parents=True)
    original = Path(settings.BASE_DIR, "templates/field/shell.html").read_text(encoding="utf-8")
    changed.write_text(original.replace("</body>", "<hr></body>"), encoding="utf-8")
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [tmp_path / "templates", *engine["DIRS"]]}]
    assert version(client) != before


def test_worker_that_was_not_built_is_not_found(client, built):
    (built / "field/sw.js").unlink()
    assert client.get(WORKER).status_code == 404
    assert client.get(APP).status_code == 200


def test_app_that_was_taken_off_leaves_the_phones(client, settings):
    settings.FIELD_APP_OFF = True
    assert client.get(WORKER).content.endswith(b"\nleave()")
    answer = client.get(APP)
    assert (answer.status_code, answer.url) == (302, "/field/web/")
    assert "X-Field-Shell" not in answer.headers


# --- with hashed names ------------------------------------------------------------------------------------------------
def test_hashed_names_are_those_of_the_manifest(client, hashed):
    told = kept(client)
    assert told["files"] == [*(staticfiles_storage.url(name) for name in NEEDED), MANIFEST]
    assert told["lazy"] == [staticfiles_storage.url(name) for name in ("field/en.js", "field/qr.js")]
    for url in [*told["files"][:-1], *told["lazy"]]:
        assert re.search(r"\.[0-9a-f]{12}\.(js|css|svg)$", url)
        assert (hashed / url.removeprefix("/static/")).is_file()
        assert url in client.get(APP).text
    assert client.get(WORKER).content.endswith(b"\nwork()")


def test_hashed_release_is_made_once_and_anew_after_a_deploy(client, hashed, built, monkeypatch):
    first = version(client)
    (built / "field/app.js").write_text("start(again)")
    assert version(client) == first
    call_command("collectstatic", "--noinput", verbosity=0)
    staticfiles_storage._wrapped = type(staticfiles_storage._wrapped)()  # as a restarted server reads it
    assert version(client) != first


# --- the manifest -----------------------------------------------------------------------------------------------------
def test_manifest_makes_the_app_installable(client):
    answer = client.get(MANIFEST)
    assert answer.headers["Content-Type"] == "application/manifest+json"
    said = answer.json()
    assert (said["id"], said["start_url"], said["scope"]) == (APP, APP, APP)
    assert (said["lang"], said["display"], said["short_name"]) == ("vi", "standalone", "Xung Kích Số")
    assert [(icon["src"], icon["sizes"], icon["purpose"]) for icon in said["icons"]] == [
        ("/static/field/icon-192.png", "192x192", "any"),
        ("/static/field/icon-512.png", "512x512", "any"),
        ("/static/field/icon-maskable-512.png", "512x512", "maskable"),
        ("/static/field/icon.svg", "any", "any"),
    ]


def test_manifest_names_no_icon_that_was_not_built(client, built):
    for icon in built.glob("field/icon*"):
        icon.unlink()
    assert client.get(MANIFEST).json()["icons"] == []
    assert "apple-touch-icon" not in client.get(APP).text

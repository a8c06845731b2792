"""The app's shell, its service worker and its manifest: public, and the same bytes for everybody.

No name, no token and no cookie is in them, so that a phone may keep them for whoever signs in. The version is made from
the shell and all that it needs: any change of a template, style or script makes a new worker.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import brotli
import orjson
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe
from django_permissions_policy.decorators import permissions_policy_override

FOLDER = "field/"
WORKER, WORKER_OFF = "field/sw.js", "field/sw_off.js"
ENTRY = ["css/field_app.css", "field/app.js"]
# Comes after the first screen, and is kept with it: without these the app would open, and not send.
REST, SPRITE = "field/rest.js", "field/icons.svg"
ICONS = [
    ("field/icon-192.png", "192x192", "image/png", "any"),
    ("field/icon-512.png", "512x512", "image/png", "any"),
    ("field/icon-maskable-512.png", "512x512", "image/png", "maskable"),
    ("field/icon.svg", "any", "image/svg+xml", "any"),
]
PACKERS = {"br": brotli.compress, "gzip": lambda body: gzip.compress(body, mtime=0)}
SHELL_CSP = settings.SECURE_CSP | {"img-src": [CSP.SELF, "data:", "blob:"]}
# A worker's own requests obey the policy of its script.
WORKER_CSP = {"default-src": [CSP.NONE], "script-src": [CSP.SELF], "connect-src": [CSP.SELF]}
# Reading a colleague's QR codes; nothing else of the portal may look through the camera.
SHELL_PERMISSIONS = settings.PERMISSIONS_POLICY | {"camera": "self"}


@dataclass(frozen=True)
class Release:
    """One state of the app as it is served."""

    html: bytes
    version: str
    # What the worker keeps, or it is not installed at all.
    files: list[str]
    # What it fetches after that: parts of the app that not every shift needs.
    lazy: list[str]


def release() -> Release:
    """Read anew each time without hashed names, as the files may change under the same name."""
    return _release(getattr(staticfiles_storage, "manifest_hash", None)) if _is_hashed() else _build()


@lru_cache(maxsize=1)
def _release(_manifest_hash: str) -> Release:
    return _build()


def _is_hashed() -> bool:
    return bool(getattr(staticfiles_storage, "hashed_files", None)) and not settings.DEBUG


def _build() -> Release:
    names = _names()
    html = _shell(names)
    kept = [*ENTRY, *(name for name in (REST, SPRITE) if name in names)]
    files = [*(staticfiles_storage.url(name) for name in kept), reverse("field:manifest")]
    lazy = [staticfiles_storage.url(name) for name in _parts(names).values() if name != REST]
    made_of = [html, _manifest(), *(text.encode() for text in files + lazy)]
    if not _is_hashed():
        made_of += [_content(name) for name in [*kept, *_parts(names).values()]]
    return Release(html, hashlib.sha256(b"\0".join(made_of)).hexdigest()[:16], files, lazy)


def _parts(names: list[str]) -> dict[str, str]:
    """The scripts that the app loads when they are needed; the shell tells it their hashed names."""
    scripts = [name for name in names if name.endswith(".js") and name not in (*ENTRY, WORKER, WORKER_OFF)]
    return {Path(name).stem: name for name in scripts}


def _names() -> list[str]:
    """What the build has put under ``field/``."""
    if _is_hashed():
        return sorted(name for name in staticfiles_storage.hashed_files if name.startswith(FOLDER))
    folder = finders.find(FOLDER.rstrip("/"))
    if not folder:
        return []
    return sorted(FOLDER + str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


def _content(name: str) -> bytes:
    if _is_hashed():
        if not staticfiles_storage.exists(name):
            return b""
        with staticfiles_storage.open(name) as file:
            return file.read()
    found = finders.find(name)
    return Path(found).read_bytes() if found else b""


def _shell(names: list[str]) -> bytes:
    # Without a request: no context processor can put a name or a token into it. Vietnamese, whoever asks: the app
    # shows itself in the reader's language.
    with translation.override(settings.LANGUAGE_CODE):
        icons = [name for name, _sizes, _type, _purpose in ICONS if name in names]
        context = {"parts": _parts(names), "icons": icons, "sprite": SPRITE in names and SPRITE}
        return render_to_string("field/shell.html", context).encode()


@lru_cache(maxsize=8)
def _packed(name: str, body: bytes) -> bytes:
    """Brotli at its best takes longer than all the rest of the answer."""
    return PACKERS[name](body)


def _public(request, body: bytes, version: str, content_type: str) -> HttpResponse:
    """To be asked for again each time (304), compressed, one for all callers."""
    accepted = request.headers.get("Accept-Encoding", "")
    pack = next((name for name in PACKERS if name in accepted), None)
    etag = f'W/"{version}"'
    headers = {"Cache-Control": "no-cache", "ETag": etag, "Content-Language": settings.LANGUAGE_CODE}
    if pack:
        headers["Content-Encoding"] = pack
        body = _packed(pack, body)
    response = HttpResponse(body, content_type=content_type, headers=headers)
    patch_vary_headers(response, ["Accept-Encoding"])
    return get_conditional_response(request, etag=etag, response=response)


@csp_override(SHELL_CSP)
@permissions_policy_override(SHELL_PERMISSIONS)
@login_not_required
@require_safe
def app(request):
    """A worker keeps only an answer that carries ``X-Field-Shell``: an error page never becomes the app."""
    if settings.FIELD_APP_OFF:
        return redirect("field:home")
    now = release()
    response = _public(request, now.html, now.version, "text/html; charset=utf-8")
    response.headers["X-Field-Shell"] = now.version
    # On a first visit: asked for together with the script that needs it, which saves an answer's way on a slow network.
    response.headers["Link"] = f"<{reverse('field:api_kit')}>; rel=preload; as=fetch; crossorigin"
    return response


@csp_override(WORKER_CSP)
@login_not_required
@require_safe
def worker(request):
    """The built worker, with what it has to keep written before it; or the one that takes the app off the phones."""
    body = _content(WORKER_OFF if settings.FIELD_APP_OFF else WORKER)
    if not body:
        raise Http404
    now = release()
    keeps = {"version": now.version, "shell": reverse("field:app"), "files": now.files, "lazy": now.lazy}
    script = b"self.XKS = " + orjson.dumps(keeps) + b";\n" + body
    return _public(request, script, hashlib.sha256(script).hexdigest()[:16], "text/javascript; charset=utf-8")


@login_not_required
@require_safe
def manifest(request):
    body = _manifest()
    return _public(request, body, hashlib.sha256(body).hexdigest()[:16], "application/manifest+json")


def _manifest() -> bytes:
    names = _names()
    home = reverse("field:app")
    return orjson.dumps(
        {
            "id": home,
            "start_url": home,
            "scope": home,
            "name": "Xung Kích Số · Ghi lượt hỗ trợ",
            "short_name": "Xung Kích Số",
            "description": "Ghi lượt hỗ trợ người dân, cả khi không có mạng.",
            "lang": "vi",
            "dir": "ltr",
            "display": "standalone",
            "orientation": "portrait",
            "background_color": "#0b4ea2",
            "theme_color": "#0b4ea2",
            "icons": [
                {"src": staticfiles_storage.url(name), "sizes": sizes, "type": kind, "purpose": purpose}
                for name, sizes, kind, purpose in ICONS
                if name in names
            ],
        }
    )

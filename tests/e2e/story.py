"""People of a story. They know one address, the portal's own; then they follow what the screens say, in Vietnamese."""

import datetime as dt
import re
from pathlib import Path
from typing import Self

from django.apps import apps
from playwright.sync_api import APIRequestContext, Locator, Page

from core.ids import uuid7
from tests.e2e.field_app.conftest import App
from tests.e2e.visitor import Visitor

# What a screen of ours would say if a text had been forgotten. No word of these is written so in Vietnamese.
WORDS = (
    "account|active|add|all|and|answer|apply|approve|approved|attendance|back|board|cancel|cancelled|change|"
    "choose|close|closed|confirm|correct|create|created|date|day|days|deadline|delete|deployment|details|device|"
    "done|download|draft|edit|empty|error|export|false|failed|filter|from|goal|goals|hello|history|hour|hours|"
    "import|invalid|job|jobs|late|leader|leave|level|loading|locked|login|logout|measure|message|missing|"
    "month|move|name|new|next|none|nothing|open|order|other|overview|password|pending|people|period|phone|please|"
    "point|points|previous|print|queue|queued|reason|refresh|reject|rejected|reload|report|required|result|"
    "results|returned|review|row|rows|running|save|saved|search|seconds|select|send|sent|service|services|session|"
    "sessions|settings|shift|show|sign|skip|sort|start|state|status|step|stop|submit|submitted|success|support|"
    "table|target|targets|team|teams|the|this|time|title|total|true|turn|turns|type|undo|unit|units|unknown|"
    "unlock|until|update|upload|user|username|value|view|volunteer|volunteers|wait|waiting|warning|week|welcome|"
    "when|where|with|without|year|yes|you|your"
)
# Meant for the eye, or for whoever has the page read out.
TEXTS = """() => [document.title, document.body.innerText, ...[...document.querySelectorAll(
    "[aria-label], [title], [placeholder], [alt]")].flatMap((element) => ["aria-label", "title", "placeholder", "alt"]
    .map((name) => element.getAttribute(name) ?? ""))].join("\\n")"""


def codes_of_the_models() -> set[str]:
    """What the tables hold where the screens have to say it in words: ``done_self``, ``provisional``."""
    choices = (
        str(value)
        for model in apps.get_models()
        for field in model._meta.local_fields
        for value, _label in field.flatchoices
        if model.__module__.split(".")[0]
        in ("accounts", "teams", "campaigns", "services_help", "reports", "desk", "core")
    )
    return {code for code in choices if re.fullmatch(r"[a-z]+(_[a-z]+)+|[a-z]{6,}", code)}


def english_in(text: str) -> list[str]:
    known = "|".join([WORDS, *map(re.escape, codes_of_the_models())])
    return re.findall(rf"(?<![\w.@/-])(?:{known})(?![\w@/-])", text, re.IGNORECASE)


class Reader:
    """Finds a way by what is written on links and buttons, and takes no page that is not in Vietnamese."""

    def __init__(self, visitor: Visitor):
        self.visitor, self.page = visitor, visitor.page

    def start(self, path: str = "/") -> Self:
        """The one address that is typed, or that a camera has read."""
        self.visitor.open(path)
        return self.read()

    def read(self) -> Self:
        found = {
            "English": english_in(self.page.evaluate(TEXTS)),
            "wider than the screen": self.visitor.wider_than_screen(),
            "language": self.page.locator("html").get_attribute("lang"),
        }
        assert found == {"English": [], "wider than the screen": [], "language": "vi"}, f"{self.page.url}: {found}"
        return self

    def find(self, label: str, *, inside: Locator | None = None) -> Locator:
        """With just these words on it; else with these among others."""
        place: Page | Locator = inside or self.page
        just, among = (
            place.get_by_role("link", name=label, exact=exact).or_(place.get_by_role("button", name=label, exact=exact))
            for exact in (True, False)
        )
        return just.first if just.count() else among.first

    def go(self, label: str, *, inside: Locator | None = None) -> Self:
        """A link or a button that leads to another page."""
        with self.page.expect_navigation():
            self.find(label, inside=inside).click()
        return self.read()

    def part(self, name: str) -> Locator:
        """A section by its heading."""
        return self.page.get_by_role("region", name=name)

    def write(self, label: str, text: str) -> Self:
        self.page.get_by_label(label, exact=True).first.fill(text)
        return self

    def choose(self, label: str, option: str) -> Self:
        self.page.get_by_label(label, exact=True).first.select_option(label=option)
        return self

    def tick(self, *labels: str) -> Self:
        for label in labels:
            self.page.get_by_label(label, exact=True).first.check()
        return self

    def sees(self, text: str) -> Self:
        self.page.get_by_text(text).first.wait_for()
        return self

    def figure(self, label: str) -> Locator:
        """A number of the page that stands under this label."""
        stat = self.page.locator(".stat", has=self.page.locator("dt", has_text=re.compile(rf"^\s*{label}\s*$")))
        return stat.locator(".value").first

    def download(self, label: str, folder: Path) -> Path:
        with self.page.expect_download() as waiting:
            self.find(label).click()
        file = folder / waiting.value.suggested_filename
        waiting.value.save_as(file)
        return file


class Leader(Reader):
    """With the offline app in the hand."""

    def scan(self, code: str) -> Self:
        """What the phone's camera does with the card."""
        self.start(code)
        self.team = self.page.locator("h1").inner_text()
        return self.go("Đăng nhập máy này")

    @property
    def app(self) -> App:
        return App(self.visitor).ready()

    def read_app(self) -> App:
        """The app as it stands, once it has been read."""
        app = self.app
        self.read()
        return app


class QuietPhone:
    """One of the many: signed in by its card like the others, then no screen, only what an app sends."""

    def __init__(self, requests: APIRequestContext, code: str, day: dt.date):
        self.requests, self.day, self.device, self.session = requests, day, str(uuid7()), {}
        page = requests.get(code).text()
        self.team = re.search(r"<h1>(.*?)</h1>", page)[1]
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        assert requests.post(code, form={"csrfmiddlewaretoken": token}).ok

    def open_shift(self, started_at: dt.datetime) -> None:
        kit = self._ask("get", "/field/api/kit/")
        team = kit["teams"][0]
        [plan] = [plan for day in kit["days"] if day["day"] == f"{self.day}" for plan in day["plans"]]
        self.session = {
            "type": "session",
            "id": str(uuid7()),
            "team": team["code"],
            "day": f"{self.day}",
            "point": plan["point"] and plan["point"]["code"],
            "started_at": started_at.isoformat(),
            "ended_at": None,
            "note": "",
        }
        present = {"type": "attendance", "session": self.session["id"], "minutes": None}
        everybody = [present | {"id": str(uuid7()), "volunteer": member["code"]} for member in team["members"]]
        self.send(self.session, *everybody)

    def log(self, service: str, *times: dt.datetime) -> None:
        about = {"type": "log", "session": self.session["id"], "service": service, "result": "done_self", "people": 1}
        rest = {"same_visit": False, "quantity": None, "metric": None, "age_group": None, "beneficiary": None}
        self.send(
            *(about | rest | {"id": str(uuid7()), "channel": "point", "happened_at": at.isoformat()} for at in times)
        )

    def close_shift(self, ended_at: dt.datetime) -> None:
        self.send(self.session | {"ended_at": ended_at.isoformat()})

    def send(self, *items: dict) -> None:
        answer = self._ask("post", "/api/v1/sync/", data={"device": self.device, "items": list(items)})
        assert {item["status"] for item in answer["items"]} <= {"stored", "replayed"}, answer

    def _ask(self, method: str, path: str, **more) -> dict:
        if method == "post":
            more["headers"] = {"X-CSRFToken": self.requests.get("/field/api/session/").json()["csrf"]}
        answer = getattr(self.requests, method)(path, **more)
        assert answer.ok, answer.text()
        return answer.json()

"""A phone whose browser has no JavaScript: it follows links, presses buttons of forms and keeps cookies."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.test import Client

from core.dated import today
from services_help.models import AssistanceLog, Session
from tests import factories


@dataclass
class Control:
    """A link, or a button with the form that it sends."""

    label: str = ""
    target: str = ""
    form: str | None = None
    value: tuple[str, str] | None = None


@dataclass
class Form:
    action: str = ""
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What can be tapped, and what its forms hold."""

    def __init__(self, html: str):
        super().__init__()
        self.controls: list[Control] = []
        self.forms: dict[str, Form] = {}
        self._form: str | None = None
        self._open: Control | None = None
        self._text: tuple[str, str] | None = None  # a textarea's name and what it holds
        self._select: str | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        if tag == "a" and "href" in at:
            self._open = Control(at.get("aria-label", ""), at["href"])
        elif tag == "form":
            self._form = at.get("id") or f"form-{len(self.forms)}"
            self.forms[self._form] = Form(at.get("action", ""), at.get("method", "get"))
        elif tag == "button" and at.get("type") != "button":
            value = (at["name"], at.get("value", "")) if "name" in at else None
            self._open = Control(at.get("aria-label", ""), form=at.get("form") or self._form, value=value)
        elif tag == "textarea":
            self._text = (at["name"], "")
        elif tag == "select":
            self._select = at["name"]
        elif tag == "option" and self._select:
            # The first option stands until one is marked as selected.
            taken = [name for name, _value in self.forms[self._form].fields]
            if "selected" in at or self._select not in taken:
                self.put(self._select, at.get("value", ""))
        elif tag == "input" and self._form and "name" in at:
            self._input(at)

    def _input(self, at: dict) -> None:
        if at.get("type") not in ("radio", "checkbox"):
            self.forms[self._form].fields.append((at["name"], at.get("value", "")))
        elif "checked" in at:
            self.put(at["name"], at.get("value", "on"))

    def handle_endtag(self, tag):
        if tag in ("a", "button") and self._open:
            self._open.label = " ".join(self._open.label.split())
            self.controls.append(self._open)
            self._open = None
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self.put(*self._text)
            self._text = None

    def handle_data(self, data):
        if self._open:
            self._open.label += data
        elif self._text:
            self._text = (self._text[0], self._text[1] + data)

    def put(self, name: str, value: str, form: str | None = None) -> None:
        fields = self.forms[form or self._form].fields
        fields[:] = [pair for pair in fields if pair[0] != name] + [(name, value)]


class Phone:
    def __init__(self, user=None):
        self.client = Client()
        self.path, self.answer, self.page = "/", None, None
        if user:
            self.client.force_login(user)

    def open(self, path: str, *, status: int = 200) -> "Phone":
        return self._arrive(self.client.get(urljoin(self.path, path), follow=True), path, status)

    def tap(self, label: str, *, number: int = 0, status: int = 200, **chosen) -> "Phone":
        """The link or button whose label begins with ``label``; ``chosen``: what was picked in its form before."""
        found = [control for control in self.page.controls if control.label.startswith(label)]
        assert found, f"no {label!r} among {[control.label for control in self.page.controls]}"
        control = found[number]
        if control.form is None:
            return self.open(control.target, status=status)
        return self.send(*self.request_of(control, **chosen), status=status)

    def request_of(self, control: Control, **chosen) -> tuple[str, str, dict]:
        """(method, address, fields) of the form, as the button would send it."""
        form = self.page.forms[control.form]
        for name, value in chosen.items():
            assert name in dict(form.fields), f"no {name!r} in {form.fields}"
            self.page.put(name, value, control.form)
        data: dict[str, list[str]] = {}
        for name, value in [*form.fields, *([control.value] if control.value else [])]:
            data.setdefault(name, []).append(value)
        return form.method, urljoin(self.path, form.action), data

    def send(self, method: str, path: str, data: dict, *, status: int = 200) -> "Phone":
        call = self.client.post if method == "post" else self.client.get
        return self._arrive(call(path, data, follow=True), path, status)

    def control(self, label: str) -> Control:
        return next(control for control in self.page.controls if control.label.startswith(label))

    @property
    def labels(self) -> list[str]:
        return [control.label for control in self.page.controls]

    @property
    def tiles(self) -> list[str]:
        """Codes of the services that have a tile, in their order."""
        groups = self.answer.context["groups"]
        return [service.code for group in groups for service in group.services]

    def _arrive(self, answer, path: str, status: int) -> "Phone":
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        where = urlsplit(answer.redirect_chain[-1][0] if answer.redirect_chain else path)
        self.path = f"{where.path or self.path}{'?' + where.query if where.query else ''}"
        self.answer, self.page = answer, Page(answer.text)
        return self


# --- a world to work in -----------------------------------------------------------------------------------------------
def stocked(world):
    """``small_city`` with two services for citizens, one for agencies, a point, and two members of the team."""
    metric = factories.metric("HS_NOP")
    group = factories.service_group("THU", name="Nhóm thử")
    world.submit = factories.service("THU-NOP", metric, group=group, position=1, short_name="Nộp hồ sơ thử")
    world.pay = factories.service("THU-PHI", group=group, position=2, short_name="Nộp phí thử")
    world.digitise = factories.service(
        "THU-SH", factories.metric("SH"), group=group, position=3, short_name="Số hóa thử", for_citizens=False
    )
    world.members = [
        factories.volunteer(unit=world.tan_tuc, team=world.team, full_name=name) for name in ("An Mẫu", "Bình Mẫu")
    ]
    area = factories.area()
    world.point = factories.point("DIEM-TT", unit=world.tan_tuc, area=area, name="Một cửa Tân Túc")
    world.campaign = factories.campaign(owner=world.city, name="Ngày cao điểm thử")
    return world


def sent_out(world, day: dt.date | None = None, *, team=None, **fields):
    """The team is sent to the point on ``day`` (today)."""
    day = day or today()
    campaign_day = world.campaign.days.filter(day=day).first() or factories.campaign_day(world.campaign, day)
    return factories.deployment(team or world.team, campaign_day, world.point, **fields)


def in_shift(world, *, user=None) -> tuple[Phone, Session]:
    """A phone that stands at the tiles of today's shift."""
    sent_out(world)
    phone = Phone(user or world.leader).open("/field/web/").tap("Mở ca").tap("Ghi lượt hỗ trợ")
    return phone, Session.objects.get(pk=session_id(phone))


def session_id(phone: Phone) -> uuid.UUID:
    return uuid.UUID(phone.path.split("/")[4])


def lines(session: Session) -> list[tuple]:
    """(service, result, people, same visit) of the lines that count, in their order."""
    rows = AssistanceLog.objects.filter(session=session).live().order_by("happened_at", "pk")
    return list(rows.values_list("service__code", "result", "people", "same_visit"))

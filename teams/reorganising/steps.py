"""What a step says, read and checked. Old units are named by their code of the last day, new ones of the first."""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from core.errors import DomainError
from teams.models import ReorganisationStep, StepKind
from teams.models.areas import SuccessionRelation
from teams.models.units import Block, UnitKind


class BadStep(DomainError):
    code = "bad_step"


@dataclass(frozen=True)
class Opening:
    code: str
    name: str
    kind: str
    block: str
    parent: str
    area: str = ""


@dataclass(frozen=True)
class Moving:
    unit: str
    parent: str


@dataclass(frozen=True)
class Renaming:
    unit: str
    name: str


@dataclass(frozen=True)
class Ending:
    """``unit`` goes wholly or in part into others. One that does not close only gives some of its own away."""

    unit: str
    into: tuple[tuple[str, str], ...] = ()
    closes: bool = True
    # Whoever holds an office of the old unit holds it of the successor; else it ends with the old unit.
    keeps_people: bool = False


@dataclass
class Script:
    """All steps of an operation, by kind."""

    openings: list[Opening] = field(default_factory=list)
    movings: list[Moving] = field(default_factory=list)
    renamings: list[Renaming] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)

    def add(self, said: Opening | Moving | Renaming | Ending) -> None:
        match said:
            case Opening():
                self.openings.append(said)
            case Moving():
                self.movings.append(said)
            case Renaming():
                self.renamings.append(said)
            case Ending():
                self.endings.append(said)


def read(steps) -> Script:
    script = Script()
    for step in steps:
        for each in meant(step.kind, step.data):
            script.add(each)
    _require_once([each.code for each in script.openings], _("Đơn vị “%(code)s” được lập hai lần."))
    script.endings = _taken_together(script.endings)
    ending = [each.unit for each in script.endings if each.closes] + [each.unit for each in script.renamings]
    _require_once(ending, _("Đơn vị “%(code)s” kết thúc ở hai bước khác nhau. Hãy bỏ bớt một bước."))
    return script


def _taken_together(endings: list[Ending]) -> list[Ending]:
    """A unit that goes into many parts is told of in several steps, each with some of them: that is one ending.

    One that goes somewhere wholly goes nowhere else: such steps stay apart, and are refused.
    """
    found: dict[str | int, Ending] = {}
    for place, each in enumerate(endings):
        is_parted = bool(each.into) and all(relation == SuccessionRelation.PART for _code, relation in each.into)
        key = each.unit if is_parted and each.closes else place
        before = found.get(key)
        found[key] = replace(before, into=tuple(dict.fromkeys([*before.into, *each.into]))) if before else each
    return list(found.values())


def meant(kind: str, data: dict) -> list:
    """The step in the words above; refuses one that says too little."""
    if kind == StepKind.OPEN:
        return [_opening(data)]
    if kind == StepKind.MOVE:
        return [Moving(_code(data, "unit"), _code(data, "parent"))]
    if kind == StepKind.RENAME:
        return [Renaming(_code(data, "unit"), _text(data, "name"))]
    if kind == StepKind.MERGE:
        return _merging(data)
    if kind == StepKind.SPLIT:
        codes = [str(code) for code in data.get("into", [])]
        if not codes:
            raise BadStep(_("Hãy chọn các đơn vị được tách ra."))
        into = tuple((code, str(SuccessionRelation.PART)) for code in codes)
        return [Ending(_code(data, "unit"), into, closes=bool(data.get("closes", True)))]
    if kind == StepKind.CLOSE:
        into = tuple((str(code), str(SuccessionRelation(relation))) for code, relation in data.get("into", []))
        return [Ending(_code(data, "unit"), into, keeps_people=bool(data.get("keeps_people")))]
    raise BadStep(_("Không có loại bước này."))


def _opening(data: dict) -> Opening:
    kind, block = data.get("kind"), data.get("block")
    if kind not in UnitKind.values or block not in Block.values:
        raise BadStep(_("Hãy chọn loại đơn vị và khối của đơn vị mới."))
    area = str(data.get("area") or "")
    return Opening(_code(data, "code"), _text(data, "name"), kind, block, _code(data, "parent"), area)


def _merging(data: dict) -> list[Ending]:
    into = _code(data, "into")
    codes = [str(code) for code in data.get("units", []) if code != into]
    if not codes:
        raise BadStep(_("Hãy chọn ít nhất một đơn vị để sáp nhập vào đơn vị khác."))
    whole = ((into, str(SuccessionRelation.WHOLE)),)
    return [Ending(code, whole, keeps_people=bool(data.get("keeps_people"))) for code in codes]


def _code(data: dict, name: str) -> str:
    code = str(data.get(name) or "").strip()
    if not code:
        raise BadStep(_("Bước này còn thiếu đơn vị. Hãy chọn đủ rồi lưu lại."))
    return code


def _text(data: dict, name: str) -> str:
    text = str(data.get(name) or "").strip()
    if not 0 < len(text) <= 200:
        raise BadStep(_("Tên đơn vị cần từ 1 đến 200 ký tự."))
    return text


def _require_once(codes: list[str], message: str) -> None:
    for code in codes:
        if codes.count(code) > 1:
            raise BadStep(message % {"code": code})


def told(step: ReorganisationStep, names: dict[str, str]) -> str:
    """The step as a sentence; ``names`` by code, as far as they are known."""

    def name(code: str) -> str:
        return f"{names[code]} ({code})" if code in names else code

    data = step.data
    if step.kind == StepKind.OPEN:
        words = {"name": data["name"], "code": data["code"], "parent": name(data["parent"])}
        return _("Lập %(name)s (%(code)s) trực thuộc %(parent)s") % words
    if step.kind == StepKind.MOVE:
        return _("Chuyển %(unit)s về %(parent)s") % {"unit": name(data["unit"]), "parent": name(data["parent"])}
    if step.kind == StepKind.RENAME:
        return _("Đổi tên %(unit)s thành %(name)s") % {"unit": name(data["unit"]), "name": data["name"]}
    if step.kind == StepKind.MERGE:
        units = ", ".join(name(code) for code in data["units"] if code != data["into"])
        return _("Sáp nhập %(units)s vào %(into)s") % {"units": units, "into": name(data["into"])}
    into = ", ".join(name(code if isinstance(code, str) else code[0]) for code in data.get("into", []))
    words = {"unit": name(data["unit"]), "into": into}
    if step.kind == StepKind.SPLIT:
        closes = data.get("closes", True)
        return (_("Chia %(unit)s thành %(into)s") if closes else _("Tách từ %(unit)s ra %(into)s")) % words
    return (_("Kết thúc %(unit)s, chuyển sang %(into)s") if into else _("Kết thúc %(unit)s")) % words

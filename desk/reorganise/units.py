"""Units as people name them in the forms: of the last day of the old order, and of the first day of the new one."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.choosing import BETWEEN
from core.vietnamese import fold, nfc, sort_key
from teams.models import Reorganisation, StepKind, Unit


@dataclass(frozen=True)
class Choices:
    """Code -> name, in the order of names."""

    names: dict[str, str]

    @property
    def labels(self) -> list[str]:
        return [self.label(code) for code in self.names]

    def label(self, code: str) -> str:
        return f"{self.names[code]}{BETWEEN}{code}" if code in self.names else code

    def meant_by(self, text: str) -> str:
        """The code that ``text`` means: a label, a code, or a name that only one bears; refuses in words."""
        text = nfc(text).replace("\x00", "").strip()
        code = text.rpartition(BETWEEN)[2]
        for known in (code, text):
            if found := next((each for each in self.names if each.casefold() == known.casefold()), None):
                return found
        found_names = [each for each, name in self.names.items() if fold(name) == fold(text)]
        if len(found_names) == 1:
            return found_names[0]
        if found_names:
            raise ValueError(_("Có nhiều đơn vị tên “%(text)s”. Hãy gõ mã của đơn vị.") % {"text": text})
        raise ValueError(_("Không tìm thấy đơn vị “%(text)s”. Hãy chọn trong gợi ý, hoặc gõ mã.") % {"text": text})


def old_units(reorganisation: Reorganisation) -> Choices:
    return _sorted(dict(Unit.objects.on(reorganisation.last_day).values_list("code", "name")))


def new_units(reorganisation: Reorganisation) -> Choices:
    """Those of the first day, with those that the operation opens and under their new names."""
    names = dict(Unit.objects.on(reorganisation.effective_on).values_list("code", "name"))
    for kind, data in reorganisation.steps.values_list("kind", "data"):
        if kind == StepKind.OPEN:
            names[data["code"]] = data["name"]
        elif kind == StepKind.RENAME:
            names[data["unit"]] = data["name"]
    return _sorted(names)


def _sorted(names: dict[str, str]) -> Choices:
    return Choices(dict(sorted(names.items(), key=lambda item: (sort_key(item[1]), item[0]))))

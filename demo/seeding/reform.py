"""The reforms of 2025 carried out in the demo world, by the tool that staff use; and who works for whom since."""

from core.dated import today
from demo.seeding.state import State
from demo.world import organisation, people
from reports import reorganised as figures
from teams.access import access_of_user
from teams.models import Appointment, Reorganisation, Unit
from teams.reorganising import services, shipped
from teams.tree import rebuild_ancestry

WHY = "Dữ liệu mẫu: soạn, duyệt và thực hiện khi dựng."


def carry_out(state: State) -> None:
    """Once: what somebody has undone since stays undone."""
    for reform in shipped.REFORMS:
        if not Reorganisation.objects.filter(code=reform.code).exists():
            _carry_out(state, reform)
    state.units |= {unit.code: unit for unit in Unit.objects.on(today()).exclude(code__in=state.units)}


def _carry_out(state: State, reform: shipped.Reform) -> None:
    rebuild_ancestry()
    access = access_of_user(state.users[people.CITY_ACCOUNT])
    made = shipped.prepare(reform, access)
    services.preview(reorganisation=made, access=access, figures=figures)
    services.approve(reorganisation=made, access=access, note=WHY)
    services.execute(reorganisation=made, access=access, figures=figures)
    state.added[Reorganisation._meta.label] = state.added.get(Reorganisation._meta.label, 0) + 1


def appoint(state: State) -> None:
    """Who worked for Huyện Đoàn Bình Chánh works for the communes that it became, and may look up what it was."""
    rows = [
        {"user": state.users[username], "role": role, "unit": state.units[unit], "valid_from": organisation.REFORM}
        for username, role, unit in people.SINCE_THE_REFORM
        if unit in state.units
    ]
    rows = [row | {"user_id": row["user"].pk, "unit_id": row["unit"].pk} for row in rows]
    state.added.add_missing(Appointment, rows, key=("user_id", "role", "unit_id"))

"""A day whose figures have everything in them that does not count."""

from reports import tallies
from tests import factories
from tests.factories import PEAK_DAY


def day_of(world):
    """Tân Túc: 7 turns of 4 people count, one line and one session were taken back; Vĩnh Lộc: 2; the bank: 9."""
    world.metric = factories.metric("HS_NOP", name="Hồ sơ nộp")
    world.service, world.other = factories.service("DVC-NOP", world.metric), factories.service("DDT-KH2")
    area = factories.area("27595", name="Thị trấn Tân Túc")
    world.point = factories.point("MOT-CUA", unit=world.tan_tuc, area=area, name="Một cửa Tân Túc")
    end = factories.local(PEAK_DAY, 11, 30)
    world.session = factories.session(world.team, by=world.leader, point=world.point, ended_at=end)
    world.first = factories.log(world.session, world.service, people=4, metric=world.metric, quantity=3)
    world.same = factories.log(
        world.session, world.other, people=3, same_visit=True, happened_at=factories.local(PEAK_DAY, 9)
    )
    world.wrong = factories.log(world.session, world.service, people=16, happened_at=factories.local(PEAK_DAY, 10))
    factories.void(world.wrong, reason="Ghi nhầm số người")
    world.cancelled = factories.session(world.team, by=world.leader)
    factories.log(world.cancelled, world.service, people=32)
    factories.void(world.cancelled, reason="Mở thử")
    factories.log(factories.session(world.team_vinh_loc), world.service, people=2)
    factories.log(factories.session(world.team_bank), world.service, people=9)
    world.volunteers = [factories.volunteer(f"TNV-{n}", unit=world.tan_tuc) for n in range(3)]
    factories.attendance(world.session, world.volunteers[0], minutes=60)
    factories.attendance(world.session, world.volunteers[0], minutes=90)
    factories.attendance(world.session, world.volunteers[1], minutes=None)
    factories.void(factories.attendance(world.session, world.volunteers[2], minutes=30))
    tallies.rebuild()
    return world

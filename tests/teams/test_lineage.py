"""What a unit came from and what became of it over REST, so that figures of many years can be laid side by side."""

import csv
import datetime as dt
import io

import pytest

from core.dated import DAY
from teams.access import access_of_user
from teams.models import UnitSuccession
from teams.permissions import Scope
from teams.reorganising import services
from teams.services import place_unit
from tests import factories
from tests.teams.reorganised import DAY as REFORM
from tests.teams.reorganised import LAST, WHY, approved, executed
from tests.teams.test_api import UNITS, bearer, codes, signed_in

pytestmark = pytest.mark.django_db
EVERY = f"{UNITS}?all=1&page_size=1000"


@pytest.fixture
def city(world):
    return bearer(Scope.ORG_READ, unit=world.city)


def opened(code: str, parent: str, name: str) -> tuple:
    values = {"code": code, "name": name, "kind": "commune", "block": "territory", "parent": parent}
    return ("open", values)


def line(kind: str, relation: str, unit: str | None, since: dt.date | None = REFORM, day: dt.date = REFORM) -> dict:
    return {
        "day": day.isoformat(),
        "kind": kind,
        "relation": relation,
        "unit": unit,
        "valid_from": since and since.isoformat(),
    }


def told(client, code: str, on: dt.date = REFORM) -> dict:
    return client.get(f"{UNITS}{code}/?on={on.isoformat()}").json()


def successors(client, code: str, on: dt.date = LAST) -> list[dict]:
    return told(client, code, on)["successors"]


# --- what each step leaves --------------------------------------------------------------------------------------------
def test_a_unit_that_nothing_has_befallen_has_a_parent_and_no_more(city):
    unit = told(city, "BC-TT")

    assert unit["parents"] == [{"unit": "BC", "valid_from": "2020-01-01", "valid_to": None}]
    assert (unit["predecessors"], unit["successors"]) == ([], [])
    assert told(city, "TD")["parents"] == []


def test_a_merge_tells_both_sides(world, city):
    executed(world.city_staff, ("merge", {"units": ["BC-TT"], "into": "BC-VL"}))

    assert successors(city, "BC-TT") == [line("merge", "whole", "BC-VL", factories.LONG_AGO)]
    assert told(city, "BC-VL")["predecessors"] == [line("merge", "whole", "BC-TT", factories.LONG_AGO)]
    assert told(city, "BC-TT", LAST)["valid_to"] == LAST.isoformat()


def test_a_split_tells_every_part(world, city):
    """Without a ground nothing determines where the team goes: a person has said it."""
    new = [opened("BC-A", "BC", "Đoàn xã A"), opened("BC-B", "BC", "Đoàn xã B")]
    executed(world.city_staff, *new, ("split", {"unit": "BC-TT", "into": ["BC-A", "BC-B"]}))

    assert successors(city, "BC-TT") == [line("split", "part", "BC-A"), line("split", "part", "BC-B")]
    for code in ("BC-A", "BC-B"):
        assert told(city, code)["predecessors"] == [line("split", "part", "BC-TT", factories.LONG_AGO)]


def test_a_unit_that_stands_on_and_gives_a_part_away_tells_it(world, city):
    part = ("split", {"unit": "BC-TT", "into": ["BC-VL"], "closes": False})
    into_it = ("close", {"unit": "NH-01", "into": [["BC-VL", "whole"]]})
    executed(world.city_staff, part, into_it)

    unit = told(city, "BC-TT")
    assert (unit["valid_to"], unit["successors"]) == (None, [line("split", "part", "BC-VL", factories.LONG_AGO)])
    assert told(city, "BC-VL")["predecessors"] == [
        line("split", "part", "BC-TT", factories.LONG_AGO),
        line("merge", "whole", "NH-01", factories.LONG_AGO),
    ]


def test_a_renamed_unit_follows_its_own_code(world, city):
    executed(world.city_staff, ("rename", {"unit": "BC-TT", "name": "Đoàn xã Tân Túc"}))

    old, new = told(city, "BC-TT", LAST), told(city, "BC-TT")
    assert (old["name"], old["successors"]) == ("Đoàn thị trấn Tân Túc", [line("rename", "whole", "BC-TT")])
    assert (new["name"], new["predecessors"]) == (
        "Đoàn xã Tân Túc",
        [line("rename", "whole", "BC-TT", factories.LONG_AGO)],
    )
    assert [parent["unit"] for parent in (*old["parents"], *new["parents"])] == ["BC", "BC"]


def test_a_code_that_is_used_again_is_no_renaming(world, city):
    """The new unit has the code of one of the two that went into it, and is another unit."""
    again = opened("BC-TT", "BC", "Đoàn xã mới")
    into = [["BC-TT", "whole"]]
    executed(
        world.city_staff, again, ("close", {"unit": "BC-TT", "into": into}), ("close", {"unit": "BC-VL", "into": into})
    )

    assert successors(city, "BC-TT") == [line("merge", "whole", "BC-TT")]
    assert [each["kind"] for each in told(city, "BC-TT")["predecessors"]] == ["merge", "merge"]


def test_a_move_is_told_by_its_parents(world, city):
    executed(world.city_staff, ("move", {"unit": "BC-TT", "parent": "NH"}))
    place_unit(unit=world.vinh_loc, parent=world.banks, since=REFORM + DAY, by=None)

    assert told(city, "BC-TT")["parents"] == [
        {"unit": "BC", "valid_from": "2020-01-01", "valid_to": "2025-06-30"},
        {"unit": "NH", "valid_from": "2025-07-01", "valid_to": None},
    ]
    assert [parent["unit"] for parent in told(city, "BC-VL")["parents"]] == ["BC", "NH"]


def test_a_unit_that_is_closed_for_good_has_no_successor(world, city):
    empty = factories.unit("BC-X", parent=world.binh_chanh)
    executed(world.city_staff, ("close", {"unit": empty.code}))

    unit = told(city, "BC-X", LAST)
    assert (unit["valid_to"], unit["successors"]) == (LAST.isoformat(), [])


def test_what_is_undone_is_told_no_longer(world, city):
    before = {code: told(city, code) for code in ("BC-TT", "BC-VL")}
    etag = city.get(EVERY).headers["ETag"]
    made = executed(world.city_staff, ("merge", {"units": ["BC-TT"], "into": "BC-VL"}))
    assert city.get(EVERY, HTTP_IF_NONE_MATCH=etag).status_code == 200

    services.undo(reorganisation=made, access=access_of_user(world.city_staff), reason=WHY)

    assert {code: told(city, code) for code in before} == before
    assert not UnitSuccession.objects.exists()


def test_every_version_is_told_in_one_list(world, city):
    """From one page a program can follow each unit of any day to those of today."""
    executed(world.city_staff, ("rename", {"unit": "BC-TT", "name": "Đoàn xã Tân Túc"}))
    executed(world.city_staff, ("merge", {"units": ["BC-TT"], "into": "NH-01"}), day=REFORM + DAY)

    units = {(unit["code"], unit["valid_from"]): unit for unit in city.get(EVERY).json()["results"]}
    place, path = ("BC-TT", "2020-01-01"), []
    while following := units[place]["successors"]:
        [each] = following
        place = (each["unit"], each["valid_from"])
        path.append((each["kind"], *place))

    assert path == [("rename", "BC-TT", "2025-07-01"), ("merge", "NH-01", "2020-01-01")]


# --- who is told ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "successor", "predecessor"),
    [
        ("city_staff", "NH-01", "BC-TT"),
        ("unit_staff", None, 404),
        ("viewer", None, 404),
        ("bank_staff", 404, None),
        ("leader", 404, None),
    ],
)
def test_a_unit_of_another_is_not_named_at_either_end(world, who, successor, predecessor):
    """Tân Túc goes into a bank: Bình Chánh is told that it went, not where; the bank that somebody came. The leader's
    team is the bank's now."""
    executed(world.city_staff, ("merge", {"units": ["BC-TT"], "into": "NH-01"}))
    client = signed_in(getattr(world, who))

    for code, day, name, expected in (
        ("BC-TT", LAST, "successors", successor),
        ("NH-01", REFORM, "predecessors", predecessor),
    ):
        answer = client.get(f"{UNITS}{code}/?on={day.isoformat()}")
        if expected == 404:
            assert answer.status_code == 404
        else:
            since = factories.LONG_AGO if expected else None
            assert answer.json()[name] == [line("merge", "whole", expected, since)]


def test_an_operation_that_is_only_planned_is_told_to_nobody(world, city):
    approved(world.city_staff, ("merge", {"units": ["BC-TT"], "into": "BC-VL"}))

    assert successors(city, "BC-TT") == []


# --- how --------------------------------------------------------------------------------------------------------------
def test_csv_writes_each_entry_as_a_text(world, city):
    executed(world.city_staff, ("merge", {"units": ["BC-TT"], "into": "BC-VL"}))
    place_unit(unit=world.banks, parent=world.binh_chanh, since=REFORM, by=None)

    text = city.get(f"{UNITS}?all=1&format=csv").getvalue().decode()

    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["BC-TT"]["successors"] == "2025-07-01 merge whole BC-VL@2020-01-01"
    assert rows["BC-VL"]["predecessors"] == "2025-07-01 merge whole BC-TT@2020-01-01"
    assert rows["NH"]["parents"] == "TD 2020-01-01 2025-06-30;BC 2025-07-01"
    assert rows["TD"]["parents"] == ""


def test_csv_of_who_may_not_know_the_other_end_leaves_it_out(world):
    executed(world.city_staff, ("merge", {"units": ["BC-TT"], "into": "NH-01"}))

    text = signed_in(world.unit_staff).get(f"{UNITS}?all=1&format=csv").getvalue().decode()

    assert "2025-07-01 merge whole\r\n" in text
    assert "NH" not in text


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [(EVERY, 8), (f"{UNITS}CU0/?on=2025-06-30", 7)])
def test_lineage_takes_three_queries_however_much_there_is(world, django_assert_num_queries, count, path, queries):
    base, other = factories.unit("GOC", parent=world.city), factories.unit("BEN-NGOAI", parent=world.city)
    olds = [factories.unit(f"CU{index}", parent=base).code for index in range(count)]
    into = [["GOC", "part"], [other.code, "part"]]
    executed(world.city_staff, *(("close", {"unit": code, "into": into}) for code in olds))
    client = bearer(Scope.ORG_READ, unit=base)
    client.get(UNITS)  # the use of the key is noted

    with django_assert_num_queries(queries):
        response = client.get(path)

    units = response.json()["results"] if path == EVERY else [response.json()]
    assert "BEN-NGOAI" not in response.text
    old = next(unit for unit in units if unit["code"] == "CU0")
    assert old["successors"] == [line("split", "part", "GOC", factories.LONG_AGO), line("split", "part", None, None)]
    if path == EVERY:
        assert len(units) == count + 1
        assert len(next(unit for unit in units if unit["code"] == "GOC")["predecessors"]) == count
        assert codes(client.get(UNITS)) == ["GOC"]

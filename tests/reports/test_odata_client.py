"""The feed as others read it, over a real connection: the metadata against the schemas of OASIS, a client library of
somebody else, and Power Query step by step."""

import base64
import datetime as dt
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import requests
import xmlschema
from odata import ODataService
from odata.exceptions import ODataError
from requests.auth import HTTPBasicAuth

from reports import tallies
from reports.odata.functions import FUNCTIONS
from reports.odata.model import NAMES
from teams.permissions import Scope
from tests import factories
from tests.factories import PEAK_DAY

BASE = Path(__file__).resolve().parent.parent.parent
SCHEMAS = BASE / "node_modules" / "odata-csdl" / "schemas"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
# As Excel and Power BI send them.
POWER_QUERY = {
    "Accept": "application/json;odata.metadata=minimal;q=1.0,application/json;odata.streaming=true;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
    "MaxDataServiceVersion": "3.0",
    "Accept-Language": "vi-VN",
    "User-Agent": "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)",
}
NEXT_DAY = PEAK_DAY + dt.timedelta(days=1)


@pytest.fixture
def feed(transactional_db, live_server):
    """The address of the feed, a key of the city, and figures on two days: Tân Túc 1, Vĩnh Lộc 2, a loose team 4."""
    city = factories.small_city()
    service = factories.service("DVC-NOP", factories.metric("HS_NOP"))
    teams = [city.team, city.team_vinh_loc, factories.team("TO-LE", unit=None)]
    for number, team in enumerate(teams):
        for day in (PEAK_DAY, NEXT_DAY):
            factories.log(factories.session(team, day), service, people=2**number)
    tallies.rebuild()
    _token, city.key = factories.token(Scope.STATS_READ, unit=city.city)
    city.url = f"{live_server.url}/api/v1/odata/"
    city.auth = HTTPBasicAuth("excel", city.key)
    return city


# --- $metadata --------------------------------------------------------------------------------------------------------
@pytest.fixture
def metadata(feed) -> str:
    response = requests.get(f"{feed.url}$metadata", auth=feed.auth, timeout=30)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/xml;charset=utf-8"
    return response.text


def test_metadata_is_valid_csdl_by_the_schemas_of_oasis(metadata):
    schema = xmlschema.XMLSchema11(str(SCHEMAS / "edmx.xsd"))
    assert list(schema.iter_errors(io.StringIO(metadata))) == []
    broken = metadata.replace('Type="Edm.Int64"', 'Typo="Edm.Int64"')
    assert list(schema.iter_errors(io.StringIO(broken))) != []


def test_metadata_keeps_the_rules_that_no_schema_can_say(metadata):
    root = ElementTree.fromstring(metadata)  # noqa: S314 - our own
    types = {found.get("Name"): found for found in root.iter(f"{EDM}EntityType")}
    sets = {
        found.get("Name"): found.get("EntityType").removeprefix("XungKichSo.") for found in root.iter(f"{EDM}EntitySet")
    }
    assert tuple(sets) == NAMES
    assert set(sets.values()) == set(types)
    for name, found in types.items():
        properties = {column.get("Name"): column for column in found.findall(f"{EDM}Property")}
        assert len(properties) == len(found.findall(f"{EDM}Property")), name
        (key,) = found.findall(f"{EDM}Key/{EDM}PropertyRef")
        assert properties[key.get("Name")].get("Nullable") == "false", name
        for column in properties.values():
            assert re.fullmatch(r"[A-Za-z_]\w{0,127}", column.get("Name")), name
            assert column.get("Type") in ("Edm.String", "Edm.Date", "Edm.Int64", "Edm.Boolean", "Edm.DateTimeOffset")
            assert column.find(f"{EDM}Annotation").get("String"), (name, column.get("Name"))
    functions = [found.text for found in root.iter(f"{EDM}String")]
    assert functions == list(FUNCTIONS)


# --- a client library -------------------------------------------------------------------------------------------------
@pytest.fixture
def session():
    """Closed at the end: the server's thread holds the database as long as the client holds its connection."""
    with requests.Session() as made:
        yield made


@pytest.fixture
def service(feed, session) -> ODataService:
    """python-odata reads the metadata and makes a class of each table."""
    return ODataService(feed.url, session=session, auth=feed.auth, reflect_entities=True, quiet_progress=True)


def test_client_library_finds_every_table_by_itself(service):
    assert sorted(service.entities) == sorted(NAMES)


def test_client_library_filters_orders_and_selects(service):
    table = service.entities["UnitDays"]
    query = service.query(table).filter(table.unit == "BC-VL").order_by(table.day.desc())
    assert [(row.day, row.unit, row.people) for row in query] == [
        (NEXT_DAY.isoformat(), "BC-VL", 2),
        (PEAK_DAY.isoformat(), "BC-VL", 2),
    ]
    more = service.query(table).filter(table.people > 1).order_by(table.people.desc())
    assert [row.people for row in more] == [4, 4, 2, 2]
    units = service.entities["Units"]
    named = service.query(units).filter(units.label.startswith("Đoàn thị trấn"))
    assert [(row.code, row.parent) for row in named] == [("BC-TT", "BC")]


def test_client_library_follows_every_page(service, monkeypatch):
    monkeypatch.setattr("reports.odata.pages.PAGE", 1)
    monkeypatch.setattr("reports.odata.facts.FIRST_PERIOD", {"day": 1, "month": 1})
    table = service.entities["TeamDays"]
    rows = [(row.day, row.team, row.people) for row in service.query(table)]
    assert rows == [
        (day.isoformat(), team, people)
        for day in (PEAK_DAY, NEXT_DAY)
        for team, people in (("TO-LE", 4), ("TO-TT", 1), ("TO-VL", 2))
    ]


def test_client_library_is_told_what_is_wrong_in_words(service):
    table = service.entities["UnitDays"]
    with pytest.raises(ODataError, match=r"Bảng này không có cột “nothing”\."):
        service.query(table).filter("nothing eq 1").all()


# --- Power Query, step by step ----------------------------------------------------------------------------------------
def test_power_query_loads_a_table_as_it_does(feed, session):
    session.headers.update(POWER_QUERY)
    # 1. Without credentials, to learn how to ask for them.
    asked = session.get(feed.url.rstrip("/"), timeout=30, allow_redirects=False)
    assert asked.status_code == 401
    assert asked.headers["WWW-Authenticate"] == 'Basic realm="Xung Kich So", charset="UTF-8"'
    # 2. With what the user typed: any name, and the key as the password.
    typed = base64.b64encode(f"can-bo@thanhdoan:{feed.key}".encode()).decode()
    session.headers["Authorization"] = f"Basic {typed}"
    document = session.get(feed.url.rstrip("/"), timeout=30, allow_redirects=False)
    assert document.status_code == 200
    assert document.headers["OData-Version"] == "4.0"
    assert document.headers["Content-Type"] == "application/json;odata.metadata=minimal;charset=utf-8"
    root = document.json()["@odata.context"].removesuffix("$metadata")
    assert root == feed.url
    # 3. The metadata, at the address that the document names.
    assert "<edmx:Edmx" in session.get(document.json()["@odata.context"], timeout=30).text
    # 4. The navigator shows the first thousand rows of a table; then the number of rows.
    address = root + next(entry["url"] for entry in document.json()["value"] if entry["name"] == "UnitDays")
    preview = session.get(address, params={"$top": "1000"}, timeout=30).json()
    assert preview["@odata.context"] == f"{root}$metadata#UnitDays"
    assert session.get(f"{address}/$count", timeout=30).text == str(len(preview["value"])) == "6"
    # 5. Steps of the query are folded into one question.
    folded = {
        "$filter": f"day ge {PEAK_DAY} and day lt {NEXT_DAY}"
        " and (unit eq 'BC-TT' or unit eq null) and not(people eq 9)",
        "$select": "day,unit,unit_label,people",
        "$orderby": "people desc,unit",
        "$top": "1000",
    }
    rows = session.get(address, params=folded, timeout=30).json()["value"]
    assert rows == [
        {"day": "2023-03-26", "unit": None, "unit_label": "Chưa xếp đơn vị", "people": 4},
        {"day": "2023-03-26", "unit": "BC-TT", "unit_label": "Đoàn thị trấn Tân Túc", "people": 1},
    ]
    # 6. Refresh: nothing has changed.
    first = session.get(address, timeout=30)
    again = session.get(address, headers={"If-None-Match": first.headers["ETag"]}, timeout=30)
    assert (again.status_code, again.content) == (304, b"")

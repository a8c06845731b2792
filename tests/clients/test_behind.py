"""What stands behind a figure, and what has changed: the Python client's way to both."""

import datetime as dt

import pytest
from xungkichso import BadQuestion, NotAllowed, Portal
from xungkichso import explain as explain_module

pytestmark = pytest.mark.django_db
MARCH = {"period": "2023-03"}


@pytest.fixture
def auditor(world):
    with Portal(world.url, world.auditor_key) as portal:
        yield portal


# --- explain ----------------------------------------------------------------------------------------------------------
def test_every_figure_of_an_answer_can_be_explained(portal):
    answer = portal.stats(measures="people,sessions", by=["unit", "day"], **MARCH)
    for row in answer:
        for measure in answer.measures:
            why = portal.explain(answer, row, measure)
            assert (why.figure, why.counted, why.status) == (row[measure], row[measure], "equal")
    whole = portal.explain(answer)
    assert (whole.figure, whole.status) == (answer.totals["people"], "equal")


def test_explanation_keeps_to_the_question(portal):
    answer = portal.stats(by="team", unit="BC", hierarchy="as_is", start="2023-03-27", end="2023-03-27")
    why = portal.explain(answer, answer.rows[0])
    assert why.figure == answer.rows[0]["people"] == 16
    assert why.sentence.startswith("16 lượt người")
    assert sum(part.value for part in why.parts) == 16
    assert why.raw["query"]["unit"] == "BC"


def test_lists_behind_a_figure_are_followed_page_by_page(auditor, monkeypatch):
    monkeypatch.setattr(explain_module, "A_PAGE", "1")
    answer = auditor.stats(measures="people,teams", by="unit", **MARCH)
    (row,) = [row for row in answer if row["unit"] == "BC"]
    why = auditor.explain(answer, row)
    assert sum(group["figure"] for group in why.groups()) == why.figure == 51
    sessions = list(why.sessions())
    assert len(sessions) == 4
    lines = [line for session in sessions for line in why.lines(session["id"])]
    assert sum(line["figure"] for line in lines) == 51
    assert [team["code"] for team in auditor.explain(answer, row, "teams").distinct()] == ["TO-TT", "TO-VL"]


def test_figures_alone_do_not_open_the_sessions(portal):
    answer = portal.stats(by="unit", **MARCH)
    why = portal.explain(answer, answer.rows[0])
    with pytest.raises(NotAllowed):
        list(why.sessions())


# --- events -----------------------------------------------------------------------------------------------------------
def test_events_from_the_start_tell_all_that_has_figures(portal):
    events = portal.events(page=1)
    told = [(event.day, event.team, event.unit, event.campaign) for event in events]
    assert sorted(told) == [
        (dt.date(2023, 3, 26), "TO-LE", None, None),
        (dt.date(2023, 3, 26), "TO-NH", "NH-01", None),
        (dt.date(2023, 3, 26), "TO-TT", "BC-TT", None),
        (dt.date(2023, 3, 26), "TO-VL", "BC-VL", None),
        (dt.date(2023, 3, 27), "TO-TT", "BC-TT", None),
        (dt.date(2023, 3, 27), "TO-VL", "BC-VL", None),
    ]
    assert events.structure
    assert list(portal.events(after=events.after)) == []
    assert portal.events("latest").after == "latest"


def test_event_carries_the_question_that_tells_the_figures_now(portal):
    figures = {}
    for event in portal.events(unit="BC", start="2023-03-27"):
        (row,) = [row for row in portal.stats(**event.question) if row["team"] == event.team]
        figures[event.team, event.day] = row["people"]
    assert figures == {("TO-TT", dt.date(2023, 3, 27)): 16, ("TO-VL", dt.date(2023, 3, 27)): 32}


def test_place_moves_only_when_a_page_has_been_worked_through(portal):
    events = portal.events(after=0)
    for _event in events:
        break  # as if the program had died here
    assert events.after == 0


def test_asking_again_costs_a_304(portal, calls):
    events = portal.events("latest")
    list(events)
    for _time in range(3):
        assert list(portal.events(events.after)) == []
    assert [call.status for call in calls] == [200, 200, 304, 304]


def test_place_ahead_of_the_feed_is_refused(portal):
    with pytest.raises(BadQuestion) as refused:
        list(portal.events(10**17))
    assert [fault.code for fault in refused.value.faults] == ["ahead"]

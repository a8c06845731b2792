"""One row of many is meant by its name, its code or what was suggested; what may mean several comes back as these."""

import pytest
from django import forms
from django.test import RequestFactory

from core import choosing
from core.choosing import LongChoiceField, label_of, suggestions
from core.dated import DAY
from teams.models import Team
from tests import factories

pytestmark = pytest.mark.django_db
BEN_THANH, BEN_NGHE, CHO_LON = "Tổ Bến Thành", "Tổ Bến Nghé", "Tổ Chợ Lớn"


@pytest.fixture
def teams(db):
    names = {"Q1-01": BEN_THANH, "Q1-02": BEN_NGHE, "Q5-01": CHO_LON}
    return [factories.team(code, unit=None, name=name) for code, name in names.items()]


@pytest.fixture
def many(teams, monkeypatch):
    """More rows than a list would show."""
    monkeypatch.setattr(choosing, "MOST_LISTED", 2)
    return teams


class Form(forms.Form):
    team = LongChoiceField(label="Đội hình", empty_label="Chọn đội hình")

    def __init__(self, data=None, *, among=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["team"].offer(Team.objects.order_by("code"), address="/goi-y/", among=among)


def chosen(text: str) -> str | None:
    form = Form({"team": text})
    return form.cleaned_data["team"].name if form.is_valid() else None


def test_few_rows_are_a_list(teams, django_assert_num_queries):
    with django_assert_num_queries(1):
        shown = Form().as_p()
    assert [name for name in (BEN_THANH, BEN_NGHE, CHO_LON) if name in shown] == [BEN_THANH, BEN_NGHE, CHO_LON]
    assert "Chọn đội hình" in shown
    assert chosen(str(teams[0].pk)) == BEN_THANH
    assert chosen(BEN_THANH) is None


def test_field_that_must_not_be_empty_may_have_no_empty_line(teams):
    class Bare(Form):
        team = LongChoiceField(empty_label=None)

    assert [key for key, _label in Bare().fields["team"].choices] == [team.pk for team in teams]


def test_many_rows_are_a_text_that_suggests(many):
    shown = Form(initial={"team": many[0]}).as_p()
    assert 'hx-get="/goi-y/"' in shown
    assert 'list="id_team_list"' in shown
    assert f'value="{BEN_THANH} · Q1-01"' in shown
    assert "<option" not in shown


def test_rows_that_are_quickly_asked_for_may_be_enough_to_know(many, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert Form(among=Team.objects.all()).fields["team"].is_long
    with django_assert_num_queries(2):
        assert Form(among=Team.objects.filter(code="Q1-01")).fields["team"].is_long


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"{BEN_NGHE} · Q1-02", BEN_NGHE),
        ("q1-02", BEN_NGHE),
        (BEN_NGHE, BEN_NGHE),
        (" to  ben nghe ", BEN_NGHE),
        ("cho lon", CHO_LON),
    ],
)
def test_text_is_understood_by_label_code_name_or_a_part_of_it(many, text, name):
    assert chosen(text) == name


def test_whole_name_is_meant_though_others_begin_with_it(many):
    factories.team("Q1-03", unit=None, name=f"{BEN_NGHE} 2")
    assert chosen("tổ bến nghé") == BEN_NGHE


def test_of_two_rows_with_one_code_the_newer_one_is_meant(many):
    Team.objects.filter(code="Q1-02").update(valid_to=factories.PEAK_DAY)
    factories.team("Q1-02", unit=None, name="Tổ Bến Nghé mới", since=factories.PEAK_DAY + DAY)
    assert chosen("Q1-02") == "Tổ Bến Nghé mới"


def test_text_that_no_database_can_hold_means_what_is_left_of_it(many):
    assert chosen("Q1-02\x00") == BEN_NGHE


def test_text_that_means_nobody_is_told(many):
    form = Form({"team": "Củ Chi"})
    assert form.errors == {"team": ["Không tìm thấy “Củ Chi”. Hãy gõ lại tên hoặc mã."]}


def test_text_that_may_mean_several_comes_back_as_a_list_of_these(many):
    form = Form({"team": "ben"})
    [told] = form.errors["team"]
    assert told.startswith(f"“ben” khớp với nhiều dòng: {BEN_THANH} · Q1-01; {BEN_NGHE} · Q1-02…")
    labels = [value for value, _label in form.fields["team"].widget.choices]
    assert labels == ["ben", label_of(many[0]), label_of(many[1])]
    assert chosen(labels[2]) == BEN_NGHE
    # Nothing chosen in it is no choice of nothing, also where nothing is allowed.
    assert "team" in Form({"team": labels[0]}).errors


def test_list_of_what_fits_says_when_it_is_cut(many, monkeypatch):
    monkeypatch.setattr(choosing, "MOST_FITTING", 1)
    form = Form({"team": "ben"})
    assert not form.is_valid()
    assert form.fields["team"].widget.choices[-1] == ("ben", "… còn nữa: mở lại trang và gõ nhiều chữ hơn")


def test_nothing_typed_is_nothing_chosen(many):
    form = Form({"team": ""})
    assert list(form.errors) == ["team"]
    assert "<option" not in form.as_p()


@pytest.mark.parametrize(("text", "labels"), [("ben", ["Q1-01", "Q1-02"]), ("", []), ("  ", []), ("xyz", [])])
def test_suggestions_are_what_the_text_finds(teams, text, labels):
    request = RequestFactory().get("/goi-y/", {"team": text})
    answer = suggestions(request, Team.objects.order_by("code"), "team").content.decode()
    assert [team.code for team in teams if f'<option value="{label_of(team)}">' in answer] == labels

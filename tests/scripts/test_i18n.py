"""The translation tool: what it finds, what it complains about, what it keeps."""

import gettext
import json

import pytest
from django.utils import translation

from scripts import i18n, texts
from scripts.texts import Key, Text


@pytest.fixture(autouse=True)
def locale(tmp_path, monkeypatch):
    monkeypatch.setattr(i18n, "LOCALE", tmp_path / "locale")
    return tmp_path / "locale"


def fill(language: str, found: dict[Key, Text], translations: dict) -> None:
    i18n.save(i18n.sync(language, found), language)
    file = i18n.LOCALE / "translations.json"
    file.write_text(json.dumps(translations))
    i18n.merge([str(file)], language)


def found_in(tmp_path, name: str, source: str) -> dict[Key, str | None]:
    file = tmp_path / name
    file.write_text(source, encoding="utf-8")
    return dict(texts.calls(file))


def test_python_calls_of_every_kind_are_found(tmp_path):
    source = """
        _("Đội")
        gettext_lazy("Ca " "hỗ trợ")
        ngettext("%(n)s người", "%(n)s người nhiều", n)
        pgettext("động từ", "Duyệt")
        other("not a text")
    """
    assert found_in(tmp_path, "a.py", "if True:\n" + source) == {
        Key(None, "Đội"): None,
        Key(None, "Ca hỗ trợ"): None,
        Key(None, "%(n)s người"): "%(n)s người nhiều",
        Key("động từ", "Duyệt"): None,
    }


def test_template_tags_of_every_kind_are_found(tmp_path):
    source = """{% load i18n %}
    <p title="{% translate 'Đóng ca' %}">{% translate "Duyệt" context "động từ" %} it's {
      {% blocktranslate trimmed count counter=n %}
        {{ counter }} ca
      {% plural %}
        {{ counter }} ca
      {% endblocktranslate %}
    {{ name|default:_("Chưa rõ") }}</p>"""
    assert found_in(tmp_path, "a.html", source) == {
        Key(None, "Đóng ca"): None,
        Key("động từ", "Duyệt"): None,
        Key(None, "%(counter)s ca"): "%(counter)s ca",
        Key(None, "Chưa rõ"): None,
    }


def test_complete_catalogue_has_no_problems():
    found = {Key(None, "Đội"): Text(), Key(None, "%(n)s ca"): Text(plural="%(n)s ca")}
    fill("en", found, {"Đội": "Team", "%(n)s ca": ["%(n)s shift", "%(n)s shifts"]})
    assert i18n.problems("en", found) == []


@pytest.mark.parametrize(
    ("found", "translations", "problem"),
    [
        ({Key(None, "Đội"): Text()}, {}, "not translated: 'Đội'"),
        ({Key(None, "Đội"): Text()}, {"Đội": "  "}, "not translated: 'Đội'"),
        ({Key(None, "%(n)s ca"): Text(plural="%(n)s ca")}, {"%(n)s ca": ["%(n)s shift", ""]}, "not translated"),
        ({Key(None, "Xin chào %(name)s"): Text()}, {"Xin chào %(name)s": "Hello %(nam)s"}, "placeholders differ"),
        ({Key(None, "Còn {n}"): Text()}, {"Còn {n}": "Left"}, "placeholders differ"),
    ],
)
def test_incomplete_or_wrong_translation_is_a_problem(found, translations, problem):
    fill("en", found, translations)
    (complaint,) = i18n.problems("en", found)
    assert problem in complaint


def test_percentage_is_no_placeholder():
    found = {Key(None, "Đạt 37,5 % chỉ tiêu"): Text()}
    fill("en", found, {"Đạt 37,5 % chỉ tiêu": "37.5% of the target"})
    assert i18n.problems("en", found) == []


def test_text_that_is_gone_or_new_is_a_problem_until_extracted():
    fill("en", {Key(None, "Cũ"): Text()}, {"Cũ": "Old"})
    found = {Key(None, "Mới"): Text()}
    assert [complaint.split(": ", 1)[1] for complaint in i18n.problems("en", found)] == [
        "no longer in the code: 'Cũ'",
        "not translated: 'Mới' ()",
    ]
    fill("en", found, {"Mới": "New"})
    assert i18n.problems("en", found) == []


def test_merge_names_texts_that_stand_nowhere(capsys):
    fill("en", {Key(None, "Đội"): Text()}, {"Đội": "Team", "Đọi": "Taem"})
    assert "'Đọi'" in capsys.readouterr().out


def test_compiled_catalogue_is_read_by_gettext(locale):
    found = {Key(None, "Đội"): Text(), Key(None, "%(n)s ca"): Text(plural="%(n)s ca")}
    fill("en", found, {"Đội": "Team", "%(n)s ca": ["%(n)s shift", "%(n)s shifts"]})
    assert i18n.compile_catalogues() == 0
    with (locale / "en/LC_MESSAGES/django.mo").open("rb") as file:
        english = gettext.GNUTranslations(file)
    assert english.gettext("Đội") == "Team"
    assert english.ngettext("%(n)s ca", "%(n)s ca", 1) == "%(n)s shift"
    assert english.ngettext("%(n)s ca", "%(n)s ca", 5) == "%(n)s shifts"


def test_library_text_that_is_counted_is_asked_for_where_its_own_vietnamese_knows_it_uncounted():
    """A form of the admin with two faults spoke English."""
    one, many = "Please correct the error below.", "Please correct the errors below."
    assert texts.library_texts()[Key(None, one)].plural == many
    with translation.override("vi"):
        assert translation.ngettext(one, many, 2) == "Hãy sửa các lỗi dưới đây."


def test_library_text_covered_by_its_own_vietnamese_is_not_asked_for_again():
    wanted = texts.library_texts()
    assert Key(None, "This field is required.") not in wanted  # Django says it
    assert Key(None, "Select action to run") in wanted  # unfold has no Vietnamese


def test_rule_of_what_is_not_shown_needs_a_reason_and_still_matches_something():
    rules = (texts.BASE / "locale/vi/not_shown.txt").read_text(encoding="utf-8").splitlines()
    rules = [rule for rule in rules if rule and not rule.startswith("#")]
    assert all(rule.partition("#")[2].strip() for rule in rules)
    folders = {pattern.split("*")[0] for pattern, _text in texts.not_shown()}
    assert [folder for folder in sorted(folders) if not list(texts.SITE.glob(f"{folder}*"))] == []

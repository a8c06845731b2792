"""Vietnamese text: stored in one form, found however it is typed, sorted as a dictionary does."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vietnamese import fold, fold_place, nfc, sort_key, sortable_name


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Hòa", "Hoà"),  # the tone on either vowel
        ("Quy Đức", "Qui Đức"),
        ("binh chanh", "Bình Chánh"),
        ("BÌNH  CHÁNH", unicodedata.normalize("NFD", "Bình Chánh")),
        ("duong", "Đường"),
    ],
)
def test_fold_makes_spellings_of_one_name_equal(typed, stored):
    assert fold(typed) == fold(stored)


def test_fold_keeps_different_names_apart():
    assert fold("Tân Nhựt") != fold("Tân Nhật")


def test_fold_drops_what_no_database_takes():
    assert fold("\x00Tân\x00 Túc") == fold("Tân Túc")


@given(st.text())
def test_fold_of_a_fold_is_itself_and_plain(text):
    once = fold(text)
    assert fold(once) == once
    assert not any(unicodedata.combining(char) for char in once)


def test_nfc_composes_and_trims():
    assert nfc(unicodedata.normalize("NFD", "  Hỗ   trợ ")) == "Hỗ trợ"


@pytest.mark.parametrize(
    "in_order",
    [
        ["An", "Ăn", "Ân", "Bình", "Cường", "Dũng", "Đạt", "Em", "Êm"],
        ["ma", "mà", "mả", "mã", "má", "mạ"],  # the order of the tones
        ["Tân Kiên", "Tân Nhựt", "Tân Quý Tây", "Tân Túc"],
        ["bo", "bô", "bơ", "bu", "bư"],
    ],
)
def test_sort_key_follows_the_dictionary(in_order):
    keys = [sort_key(word) for word in in_order]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(in_order)


def test_sortable_name_goes_by_given_name_first():
    people = ["Trần Văn Bình", "Lê Thị Ánh", "Nguyễn Văn An", "Đỗ An"]
    assert sorted(people, key=sortable_name) == ["Đỗ An", "Nguyễn Văn An", "Lê Thị Ánh", "Trần Văn Bình"]


@given(st.text())
def test_sort_key_takes_any_text(text):
    assert isinstance(sort_key(text), str)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("TT Tân Túc", "thị trấn Tân Túc"),
        ("TT.Tân Túc", "Thị trấn Tân Túc"),
        ("P.12", "Phường 12"),
        ("Q1", "quận 1"),
        ("Đoàn P. Hoà Hưng, Q. 10", "Đoàn phường Hòa Hưng, quận 10"),
        ("TP. Thủ Đức", "thành phố Thủ Đức"),
        ("X. Qui Đức", "xã Quy Đức"),
    ],
)
def test_place_is_known_by_shortened_words(written, meant):
    assert fold_place(written) == fold_place(meant)


@pytest.mark.parametrize("text", ["Tổ P", "BC-TT", "Xuân", "thảo", "Hè"])
def test_words_that_only_begin_like_a_shortened_one_stay(text):
    assert fold_place(text) == fold(text)

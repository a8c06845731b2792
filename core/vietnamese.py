"""Vietnamese text: one normal form, search blind to accents and spelling habits, and the order of the alphabet."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
# The dictionary order: base letters first (a < ă < â), then tones (ngang, huyền, hỏi, ngã, sắc, nặng).
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: chr(ord("A") + index) for index, letter in enumerate(_ALPHABET)}
# How the words before a place's name are shortened, folded; the longer one first. "Q1", "P. 12" and "TT Tân Túc" are
# written, and a shortened word always stands before a dot, a space or a number.
_SHORT = {
    "tp": "thanh pho",
    "tt": "thi tran",
    "tx": "thi xa",
    "q": "quan",
    "h": "huien",
    "p": "phuong",
    "x": "xa",
    "kp": "khu pho",
}
_SHORTENED = re.compile(rf"\b({'|'.join(sorted(_SHORT, key=len, reverse=True))})(?:\.\s*|\s+(?=\S)|(?=\d))")
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}


def nfc(text: str) -> str:
    """Composed Unicode with single spaces: the one form in which text is stored."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def fold(text: str) -> str:
    """The search key: no accents or case, đ = d, y = i, and only one space between words.

    Hòa/Hoà differ only in where the tone stands, so both fold to ``hoa``; Quy/Qui both fold to ``qui``. Without NUL:
    an address can hold it, PostgreSQL takes no text that does.
    """
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d").replace("\x00", ""))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _SPACES.sub(" ", plain.replace("y", "i")).strip()


def fold_place(text: str) -> str:
    """Like ``fold``, and with the words before a place's name written out: ``P. 12``, ``TT Tân Túc``, ``Q1``.

    Wider than a search key should be: two texts that are equal here are probably one place, and a person is to see it.
    """
    return _SPACES.sub(" ", _SHORTENED.sub(lambda found: f"{_SHORT[found[1]]} ", fold(text))).strip()


def sort_key(text: str) -> str:
    """A key whose byte order is the order of a Vietnamese dictionary (no database here has that collation for sure)."""
    letters, tones = [], []
    for char in unicodedata.normalize("NFD", nfc(text).casefold()):
        if char in _TONES:
            tones.append(_TONES[char])
        elif unicodedata.combining(char):
            # A vowel mark (breve, circumflex, horn) makes another letter of the one before.
            composed = unicodedata.normalize("NFC", letters[-1][1] + char) if letters else char
            if letters:
                letters[-1] = (_RANK.get(composed, letters[-1][0]), composed)
        else:
            letters.append((_RANK.get(char, char), char))
            tones.append("0")
    return "".join(rank for rank, _char in letters) + " " + "".join(tones)


def sortable_name(full_name: str) -> str:
    """Vietnamese lists of persons go by given name, then family name: "Nguyễn Văn An" sorts under An."""
    parts = nfc(full_name).split(" ")
    return sort_key(" ".join([parts[-1], *parts[:-1]]))

"""What a form or an address names a row by."""

import pytest

from core.keys import is_key


@pytest.mark.parametrize("text", ["1", "007", "999999999999999999"])
def test_number_may_be_a_key(text):
    assert is_key(text)
    assert int(text) < 2**63


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", " 1", "²", "\x00", "9" * 19, "9" * 5000])
def test_other_text_is_none(text):
    assert not is_key(text)

"""The phone's own tests (field_app/tests), one a file: queue, sending, ledger, rescue, and random mornings."""

import pytest

from tests.field_app.node import TESTS, bundle, node

FILES = sorted(path.name for path in TESTS.glob("*.test.ts"))


@pytest.mark.parametrize("name", FILES)
def test_client(name, tmp_path):
    done = node("--test", bundle(TESTS / name, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 0\n" not in done.stdout


def test_every_part_of_the_phones_tests_is_run():
    assert len(FILES) >= 6

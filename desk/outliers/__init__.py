"""What makes a session stand out, told in one sentence with the numbers. See docs/outliers.md."""

from desk.outliers.examining import examine_what_changed
from desk.outliers.reading import flags_of, open_count
from desk.outliers.services import change_rule, settle_flag
from desk.outliers.wording import with_sentences

__all__ = [
    "change_rule",
    "examine_what_changed",
    "flags_of",
    "open_count",
    "settle_flag",
    "with_sentences",
]

"""Primary keys as forms and addresses bring them."""

# A longer number is the key of no row, and one of thousands of digits Python refuses to read.
MOST_DIGITS = 18


def is_key(text: str) -> bool:
    """Whether ``text`` may be the key of a row: whoever sends something else has not got it from our pages."""
    return text.isdecimal() and len(text) <= MOST_DIGITS

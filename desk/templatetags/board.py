"""A cell of a part of the board, as people read it."""

from django import template

from desk.board.files import written

register = template.Library()


@register.filter
def cell(row, column) -> str:
    return written(row.get(column.name), column)

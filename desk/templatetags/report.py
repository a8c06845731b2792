"""Tables and charts of an official report, as the pages show them."""

from django import template

from reports.official.content import Cell, Chart, Column

register = template.Library()


@register.filter
def with_columns(cells: tuple[Cell, ...], columns: tuple[Column, ...]) -> list[tuple[Cell, Column]]:
    return list(zip(cells, columns, strict=True))


@register.filter
def chart_rows(chart: Chart) -> list[dict]:
    return [{"label": label, "value": value} for label, value in zip(chart.labels, chart.values, strict=True)]

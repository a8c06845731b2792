"""Adding rows that are missing, and leaving alone those that stand: a second seeding changes nothing."""

from collections.abc import Callable, Iterable

from django.db import models


class Added(dict[str, int]):
    """How many rows were added, by model."""

    def add_missing(
        self,
        model: type[models.Model],
        rows: Iterable[dict],
        key: tuple[str, ...],
        *,
        make: Callable[..., models.Model] | None = None,
    ) -> dict:
        """Rows that the table lacks are added; returns all of the table's rows by key (a bare value for one column)."""

        def key_of(get: Callable[[str], object]):
            values = tuple(get(name) for name in key)
            return values[0] if len(values) == 1 else values

        held = {key_of(lambda name, row=row: getattr(row, name)): row for row in model._default_manager.all()}
        wanted = {key_of(values.__getitem__): values for values in rows}
        missing = {each: (make or model)(**values) for each, values in wanted.items() if each not in held}
        model._default_manager.bulk_create(missing.values(), batch_size=500)
        if missing:
            self[model._meta.label] = self.get(model._meta.label, 0) + len(missing)
        return held | missing

"""The dated closure of the unit tree, derived from the placements.

``UnitAncestry`` answers every question about subtrees with one join. It is rebuilt whole in the transaction of each
change: the city's tree has hundreds of units and a rebuild of 10.000 takes well under a second, so that cleverness
would only buy bugs.
"""

import datetime as dt
from collections import defaultdict

from django.db import connection
from django.db.models import F, Q
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.models import Revision
from teams.models import TeamHome, Unit, UnitAncestry, UnitPlacement

# A chain of parents longer than this can only be a circle.
DEEPEST = 30
END = dt.date.max


class TreeError(DomainError):
    code = "tree"


def rebuild_ancestry() -> int:
    """Derive the closure anew; returns its number of rows. Refuses a circle, naming the unit and the day."""
    rows = list(ancestry_rows())
    UnitAncestry.objects.all().delete()
    UnitAncestry.objects.bulk_create(rows, batch_size=2000)
    Revision.bump("org")
    return len(rows)


def lock_tree() -> None:
    """One change of the tree at a time: two moves that are each fine could close a circle together."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('teams.tree'))")


def ancestry_rows():
    """Unsaved ``UnitAncestry`` rows for the placements as they stand."""
    placements = defaultdict(list)
    for unit_id, parent_id, start, end in UnitPlacement.objects.values_list("unit", "parent", "valid_from", "valid_to"):
        placements[unit_id].append((parent_id, start, end or END))
    units = {
        pk: (start, end or END, name)
        for pk, start, end, name in Unit.objects.values_list("pk", "valid_from", "valid_to", "name")
    }
    for unit_id, (start, end, name) in units.items():
        # Walk up from the unit, splitting its life wherever a parent changes.
        paths = [(unit_id, 0, start, end)]
        while paths:
            ancestor, depth, since, until = paths.pop()
            if depth > DEEPEST:
                raise TreeError(
                    _("Cây đơn vị bị vòng tại “%(unit)s” từ ngày %(day)s.") % {"unit": name, "day": f"{since:%d/%m/%Y}"}
                )
            yield UnitAncestry(
                ancestor_id=ancestor,
                descendant_id=unit_id,
                depth=depth,
                valid_from=since,
                valid_to=None if until == END else until,
            )
            for parent, first, last in placements[ancestor]:
                begin, finish = max(first, since), min(last, until)
                if begin <= finish:
                    paths.append((parent, depth + 1, begin, finish))


def tree_problems() -> list[str]:
    """What is wrong with the tree, in words; empty when all is well. For ``check_tree`` and the consistency test."""
    problems = []
    for placement in UnitPlacement.objects.select_related("unit", "parent"):
        for role, unit in (("", placement.unit), (_("cấp trên "), placement.parent)):
            last = placement.valid_to or END
            if placement.valid_from < unit.valid_from or last > (unit.valid_to or END):
                problems.append(
                    _("“%(unit)s”: thời gian trực thuộc vượt quá hiệu lực của %(role)s“%(other)s”.")
                    % {"unit": placement.unit, "role": role, "other": unit}
                )
    stored = set(UnitAncestry.objects.values_list("ancestor", "descendant", "depth", "valid_from", "valid_to"))
    derived = {(r.ancestor_id, r.descendant_id, r.depth, r.valid_from, r.valid_to) for r in ancestry_rows()}
    if stored != derived:
        problems.append(_("Bảng bao đóng lệch %(count)s dòng; chạy rebuild_tree.") % {"count": len(stored ^ derived)})
    return problems


def home_problems() -> list[str]:
    """Homes that begin before their team or unit, or last longer, in words."""
    problems = []
    for owner in ("team", "unit"):
        first, last = F(f"{owner}__valid_from"), F(f"{owner}__valid_to")
        beyond = Q(valid_from__lt=first) | Q(valid_to__gt=last)
        beyond |= Q(valid_to__isnull=True, **{f"{owner}__valid_to__isnull": False})
        for home in TeamHome.objects.filter(beyond).select_related("team", "unit").order_by("pk"):
            words = {"team": home.team, "unit": home.unit, "other": getattr(home, owner)}
            problems.append(_("“%(team)s” ở “%(unit)s”: vượt quá hiệu lực của “%(other)s”.") % words)
    return problems

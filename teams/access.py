"""What the caller of a request may see and do: the table of rights applied to the dated tree.

An :class:`Access` is made once a request from the user's appointments, or from the token that came with it. Querysets
narrow themselves by it (``visible_to``), services ask it (``require``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from core.dated import today, valid_on
from core.errors import NotAllowed
from teams.known_teams import FEW, IsAmong, IsOneOf, Keys, Reach, look_up
from teams.models import ApiToken, Appointment, Team, TeamHome, TeamMember, Unit, UnitAncestry
from teams.permissions import ROLE_RIGHTS, SCOPE_RIGHTS, Right, Role, Scope


@dataclass(frozen=True)
class Grant:
    """Rights on the subtree of a unit, or on one team."""

    rights: frozenset[Right]
    unit_id: int | None = None
    team_id: int | None = None
    # Valid days of the appointment play no part after it is found valid today: rights are asked for now.


@dataclass(frozen=True)
class Access:
    user: Any  # a User, or AnonymousUser
    grants: tuple[Grant, ...] = ()
    # Everything, everywhere: the operator, and code that acts for the system.
    is_unlimited: bool = False
    token: ApiToken | None = None
    # Of the browser's session that the call came in by; ``teams.standing`` asks whether it is still there.
    session_key: str | None = field(default=None, compare=False)
    # The appointments that it was made from; asked once more in the same place.
    held: tuple[int, ...] = field(default=(), compare=False)

    # --- may I at all, anywhere? --------------------------------------------------------------------------------------
    def has(self, right: Right) -> bool:
        return self.is_unlimited or any(right in grant.rights for grant in self.grants)

    def require(self, right: Right) -> None:
        if not self.has(right):
            raise NotAllowed

    @property
    def is_public(self) -> bool:
        """What it is told will be known to everybody."""
        return self.token is not None and self.token.is_public

    @property
    def fingerprint(self) -> list:
        """Equal for callers who see the same: part of every ETag."""
        return [
            self.is_unlimited,
            sorted([grant.unit_id or 0, grant.team_id or 0, *sorted(grant.rights)] for grant in self.grants),
        ]

    # --- on what? -----------------------------------------------------------------------------------------------------
    def unit_ids(self, right: Right) -> list[int]:
        """The units granted; each stands for its whole subtree."""
        return sorted({grant.unit_id for grant in self.grants if grant.unit_id and right in grant.rights})

    def team_ids(self, right: Right) -> list[int]:
        return sorted({grant.team_id for grant in self.grants if grant.team_id and right in grant.rights})

    def is_city_wide(self, right: Right) -> bool:
        """Holds ``right`` over the whole tree: on every root that stands today."""
        return self.is_unlimited or bool(self._root_ids and self._root_ids <= set(self.unit_ids(right)))

    @cached_property
    def _root_ids(self) -> set[int]:
        return set(Unit.objects.roots(today()).order_by().values_list("pk", flat=True))

    def covers_unit(self, right: Right, unit: Unit, day: dt.date | None = None) -> bool:
        """``unit`` is in a granted subtree on ``day`` (default today)."""
        if self.is_unlimited:
            return True
        found = UnitAncestry.objects.filter(descendant=unit, ancestor__in=self.unit_ids(right))
        return found.filter(_today_or_last("") if day is None else valid_on(day)).exists()

    def covers_team(self, right: Right, team: Team, day: dt.date | None = None) -> bool:
        """``team`` is granted itself, or its home unit of ``day`` is in a granted subtree."""
        if self.is_unlimited or team.pk in self.team_ids(right):
            return True
        homes = team.homes.filter(_today_or_last("", "team") if day is None else valid_on(day))
        under = UnitAncestry.objects.filter(
            valid_on(day or today()), descendant__in=homes.values("unit"), ancestor__in=self.unit_ids(right)
        )
        return under.exists()

    # --- querysets ----------------------------------------------------------------------------------------------------
    def _subtree(self, right: Right) -> QuerySet:
        """Primary keys of the units in granted subtrees, as the tree stands today (a closed unit: as it last stood)."""
        rows = UnitAncestry.objects.filter(_today_or_last("", "descendant"), ancestor__in=self.unit_ids(right))
        return rows.values("descendant")

    def _teams(self, right: Right) -> QuerySet:
        """Primary keys of the teams granted or at home in a granted subtree today (a closed team: as it last was)."""
        homes = _homes_now().filter(unit__in=self._subtree(right)).values("team")
        teams = self.team_ids(right)
        return Team.objects.filter(Q(pk__in=teams) | Q(pk__in=homes)).values("pk") if teams else homes

    def visible_units(self, queryset: QuerySet, right: Right | None = None) -> QuerySet:
        right = right or Right.ORG_VIEW
        if self.is_city_wide(right):
            return queryset
        # A team's own unit is known to it by name; nothing else of the unit opens by that.
        own = _homes_now().filter(team__in=self.team_ids(right)).values("unit")
        return queryset.filter(Q(pk__in=self._subtree(right)) | Q(pk__in=own))

    def visible_teams(self, queryset: QuerySet, right: Right | None = None) -> QuerySet:
        right = right or Right.ORG_VIEW
        return queryset if self.is_city_wide(right) else queryset.filter(pk__in=self._teams(right))

    def visible_volunteers(self, queryset: QuerySet, right: Right | None = None) -> QuerySet:
        """Volunteers of units in granted subtrees, and the members of granted teams."""
        right = right or Right.ORG_VIEW
        if self.is_city_wide(right):
            return queryset
        # Not by a join: a list is then walked in its own order, and each is asked for.
        members = TeamMember.objects.filter(team__in=self._teams(right)).values("volunteer")
        return queryset.filter(Q(unit__in=self._subtree(right)) | Q(pk__in=members))

    def visible_scoped(self, queryset: QuerySet, right: Right | None = None) -> QuerySet:
        """Rows with a ``unit`` and/or a ``team`` column (appointments, tokens, passes, deployments, targets)."""
        right = right or _RIGHT_OF[queryset.model._meta.model_name]
        if self.is_city_wide(right):
            return queryset
        fields = {field.name for field in queryset.model._meta.get_fields()}
        allowed = Q(pk__in=[])
        if "unit" in fields:
            allowed |= Q(unit__in=self._subtree(right))
        if "team" in fields:
            allowed |= Q(team__in=self._teams(right))
        return queryset.filter(allowed)

    def visible_campaigns(self, queryset: QuerySet, right: Right | None = None) -> QuerySet:
        """Campaigns (or campaign days) owned above, at or below a granted unit: they are where its teams work."""
        right = right or Right.CAMPAIGN_VIEW
        if self.is_city_wide(right):
            return queryset
        prefix = "" if queryset.model._meta.model_name == "campaign" else "campaign__"
        owners = Q(IsOneOf(f"{prefix}owner", self._subtree(right)))
        if right is Right.CAMPAIGN_VIEW:
            owners |= Q(IsOneOf(f"{prefix}owner", self._above(right)))
        return queryset.filter(owners)

    def visible_locks(self, queryset: QuerySet, right: Right | None = None) -> QuerySet:
        """Period locks of units above, at or below a granted one: what of its sessions is locked, and by what."""
        right = right or Right.SESSION_VIEW
        if self.is_city_wide(right):
            return queryset
        return queryset.filter(Q(unit__in=self._subtree(right)) | Q(unit__in=self._above(right)))

    def _above(self, right: Right) -> QuerySet:
        """Primary keys of the granted units, of the homes of granted teams, and of all above them today."""
        homes = _homes_now().filter(team__in=self.team_ids(right)).values("unit")
        above = UnitAncestry.objects.filter(
            Q(descendant__in=self.unit_ids(right)) | Q(descendant__in=homes), _today_or_last("", "descendant")
        )
        return above.values("ancestor")

    def visible_points(self, queryset: QuerySet, right: Right | None = None) -> QuerySet:
        """Points that a granted unit looks after, and points that a granted team is sent to."""
        right = right or Right.CAMPAIGN_VIEW
        if self.is_city_wide(right):
            return queryset
        looked_after = Q(unit__in=self._subtree(right))
        if right is not Right.CAMPAIGN_VIEW:
            return queryset.filter(looked_after)
        reach = self._reach(right)
        sent = queryset.model._meta.get_field("deployments").related_model.objects.filter(reach.covers("team"))
        if reach.left:
            sent = sent.filter(~Q(IsAmong("team", reach.left)))
        return queryset.filter(looked_after | Q(Exists(sent.filter(point=OuterRef("pk")))))

    def visible_sessions(self, queryset: QuerySet, right: Right | None = None, prefix: str = "") -> QuerySet:
        """Sessions of teams under the reader on the session's day, or under him today.

        ``prefix`` reaches from rows that belong to a session (``"session__"``).
        """
        right = right or Right.SESSION_VIEW
        if self.is_city_wide(right):
            return queryset
        reach = self._reach(right)
        seen = queryset.filter(reach.covers(f"{prefix}team"))
        if not reach.left:
            return seen
        its_day = OuterRef(f"{prefix}day")
        home = "descendant__team_homes__"
        # One filter() call: the conditions on the home must all hold for the same home.
        at_home = UnitAncestry.objects.filter(
            valid_on(its_day),
            valid_on(its_day, home),
            Q(**{f"{home}team": OuterRef(f"{prefix}team")}),
            ancestor__in=self.unit_ids(right),
        )
        return seen.filter(~Q(IsAmong(f"{prefix}team", reach.left)) | Q(Exists(at_home)))

    def of_day(
        self, queryset: QuerySet, day: dt.date, right: Right, prefix: str = "", *, all_are_read: bool = False
    ) -> QuerySet:
        """Rows of ``day`` with a ``team``, of the teams that stood under the reader on it: those whose figures of the
        day are his (``as_was``). Who has got a team since has none of its rows here.

        Of a day to come also today: what goes to whom is not told before it has gone.
        """
        if self.is_city_wide(right):
            return queryset
        reach, team = self._reach(right, day), f"{prefix}team"
        found = queryset.filter(reach.covers(team, all_are_read=all_are_read))
        away = [reach, self._reach(right)] if day > today() else [reach]
        return found.filter(*(~Q(IsAmong(team, each.left)) for each in away if each.left))

    def units_of_day(self, queryset: QuerySet, day: dt.date, right: Right) -> QuerySet:
        """Units that are the reader's today, and those that were on ``day``."""
        seen = self.visible_units(queryset, right)
        if day > today() or self.is_city_wide(right):
            return seen
        return queryset.filter(Q(pk__in=seen.order_by().values("pk")) | Q(pk__in=self._below_on(day, right)))

    def teams_of_day(self, queryset: QuerySet, day: dt.date, right: Right) -> QuerySet:
        """Teams that are the reader's today, and those that were on ``day``."""
        seen = self.visible_teams(queryset, right)
        if day > today() or self.is_city_wide(right):
            return seen
        return queryset.filter(Q(pk__in=self._teams(right)) | Q(pk__in=self._at_home_on(day, right)))

    def has_other_teams_than_on(self, day: dt.date, right: Right) -> bool:
        """Whether a team that was there on ``day`` has come to the reader since, or left him."""
        if self.is_city_wide(right):
            return False
        then, now = Q(pk__in=self._at_home_on(day, right)), Q(pk__in=self._teams(right))
        return Team.objects.on(day).filter(then ^ now).exclude(pk__in=self.team_ids(right)).exists()

    def _at_home_on(self, day: dt.date, right: Right) -> QuerySet:
        return TeamHome.objects.filter(valid_on(day), unit__in=self._below_on(day, right)).values("team")

    def _below_on(self, day: dt.date, right: Right) -> QuerySet:
        return UnitAncestry.objects.on(day).filter(ancestor__in=self.unit_ids(right)).values("descendant")

    def _reach(self, right: Right, day: dt.date | None = None) -> Reach:
        """Looked up once: a page asks for sessions many times, and whose days have to be asked for are few.

        Who has left is told as of ``day``, else as of today (of what is closed: as it last stood).
        """
        units, teams = self.unit_ids(right), self.team_ids(right)
        if not units:
            return Reach(teams=Keys.of(teams))
        if (key := (day, *units, 0, *teams)) not in self._looked_up:
            below = UnitAncestry.objects.filter(ancestor__in=units).order_by()
            under = self._below_on(day, right) if day else self._subtree(right)
            homes = TeamHome.objects.filter(unit__in=below.values("descendant")).order_by()
            # Whose home may be another on the day; the others need not be looked at twice.
            moved = ~valid_on(day or today()) | ~Q(unit__in=under)
            ever, few, left = look_up(
                below.values(key=F("descendant")),
                homes.values(key=F("team"))[: FEW + 1],
                homes.filter(moved).values(key=F("team")),
            )
            if left:
                there = homes.on(day).filter(unit__in=under).values("team") if day else self._teams(right)
                away = Team.objects.filter(IsAmong("pk", left)).exclude(pk__in=there).exclude(pk__in=teams).order_by()
                (left,) = look_up(away.values(key=F("pk")))
            self._looked_up[key] = Reach(ever, few if len(few) <= FEW else None, Keys.of(teams), left)
        return self._looked_up[key]

    @cached_property
    def _looked_up(self) -> dict[tuple, Reach]:
        return {}

    def visible_teams_of_sessions(self, queryset: QuerySet, right: Right | None = None) -> QuerySet:
        """Teams that any of the visible sessions can be of."""
        right = right or Right.SESSION_VIEW
        if self.is_city_wide(right):
            return queryset
        return queryset.filter(self._reach(right).covers("pk"))


NOTHING = Access(user=None)

# What it takes to see the rows of these models, for ``visible_scoped``.
_RIGHT_OF = {
    "appointment": Right.APPOINT,
    "apitoken": Right.TOKEN_MANAGE,
    "devicepass": Right.PASS_ISSUE,
    "deployment": Right.CAMPAIGN_VIEW,
    "devicereport": Right.SESSION_VIEW,
    "pastfigure": Right.STATS_VIEW,
    "target": Right.CAMPAIGN_VIEW,
    "teamhome": Right.ORG_VIEW,
    "teammember": Right.ORG_VIEW,
    "unitplacement": Right.ORG_VIEW,
}


def _homes_now() -> QuerySet:
    """Of teams that stand: today's; of a closed team: its last. Only what is over is looked at twice."""
    last = TeamHome.objects.filter(team__valid_to__lt=today(), valid_to=F("team__valid_to")).values("pk")
    return TeamHome.objects.filter(valid_on(today()) | Q(valid_to__lt=today(), pk__in=last))


def _today_or_last(prefix: str, closed: str | None = None) -> Q:
    """Valid today; or, of a thing closed before today (relation ``closed``), the row that lasted to its last day."""
    condition = valid_on(today(), prefix)
    if closed:
        condition |= Q(
            **{f"{prefix}{closed}__valid_to__lt": today(), f"{prefix}valid_to": F(f"{prefix}{closed}__valid_to")}
        )
    return condition


def access_of_user(user) -> Access:
    """From the appointments that are valid today."""
    if not (user and user.is_authenticated and user.is_active):
        return NOTHING
    if user.is_superuser:
        return Access(user=user, is_unlimited=True)
    held = list(Appointment.objects.current().filter(user=user).order_by().values_list("pk", "role", "unit", "team"))
    grants = tuple(Grant(ROLE_RIGHTS[Role(role)], unit_id=unit, team_id=team) for _pk, role, unit, team in held)
    return Access(user=user, grants=grants, held=tuple(pk for pk, *_what in held))


def access_of_token(token: ApiToken) -> Access:
    """From the token's scopes, on its unit or team only, whatever else its owner may do."""
    rights = frozenset().union(*(SCOPE_RIGHTS[Scope(scope)] for scope in token.scopes)) if token.scopes else frozenset()
    if token.is_public:
        # Not the right to see figures with something taken away from it: what does not know of it stays closed.
        rights = frozenset({Right.STATS_PUBLISHED} if Right.STATS_VIEW in rights else ())
    grant = Grant(rights, unit_id=token.unit_id, team_id=token.team_id)
    return Access(user=token.user, grants=(grant,), token=token)


def access_of(request) -> Access:
    """The access of this request, made once."""
    known = getattr(request, "_access", None)
    if known is None:
        token = getattr(request, "auth", None)
        known = access_of_token(token) if isinstance(token, ApiToken) else _access_of_session(request)
        request._access = known
    return known


def _access_of_session(request) -> Access:
    known, session = access_of_user(request.user), getattr(request, "session", None)
    return known if known is NOTHING or session is None else replace(known, session_key=session.session_key)


def system_access() -> Access:
    """For commands that act for the system itself (seeding, rebuilding); never for a request."""
    return Access(user=None, is_unlimited=True)


__all__ = ["NOTHING", "Access", "Grant", "access_of", "access_of_token", "access_of_user", "system_access"]

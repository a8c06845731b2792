"""The two jobs of the hand-out, in the pieces that a worker does.

Cards: first the codes, some teams at a time, each piece in one transaction with its file of codes; then the pages, some
at a time. The codes stand in no table: what a dead worker has left is gone on with from those files, and a job that is
given up takes back every pass that it has made.
"""

import datetime as dt
import zipfile

import orjson
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.models import SupportPoint
from core.files import safe_name
from core.jobs.kinds import JobKind, Result
from core.jobs.models import Job
from core.jobs.work import Work
from core.templatetags.vi import vi_number
from desk.handout import cards, posters
from desk.handout.ordering import WAITING, Layout, replaced_by, sheets_before
from desk.handout.printing import merge_pdfs, print_pdf
from teams.access import access_of_user
from teams.models import DevicePass, Team
from teams.passes import issue_for_teams, lock_teams, withdraw_passes
from teams.permissions import Right

TEAMS_A_PIECE = 25
# The typesetter remembers its last ten runs: what one of them holds, it holds ten times.
POSTERS_A_PIECE = 5
PDF, ZIP = "application/pdf", "application/zip"


# --- cards ------------------------------------------------------------------------------------------------------------
def passes_piece(work: Work) -> Result | None:
    """Codes for some teams; or some parts of the pages; or, last, the one file of all parts."""
    teams, at = work.job.params["teams"], work.job.place.get("at", 0)
    if at < len(teams):
        _issue(work, at)
        return None
    parts = cards.parts_of(_codes(work), work.job.params["layout"])
    printed = work.job.place.get("printed", 0)
    if printed < len(parts):
        _print(work, parts, printed)
        return None
    return _bind(work, parts)


def _issue(work: Work, at: int) -> None:
    job, params = work.job, work.job.params
    ids = params["teams"][at : at + TEAMS_A_PIECE]
    found = Team.objects.in_bulk(ids)
    teams = [found[pk] for pk in ids]
    with transaction.atomic():
        issued = issue_for_teams(
            teams=teams,
            count=params["count"],
            valid_to=dt.date.fromisoformat(params["valid_to"]),
            access=access_of_user(job.ordered_by),
        )
        told = cards.of_teams(teams, issued, params["day"])
        work.keep(f"codes-{at}", orjson.dumps(told))
        done = at + len(ids)
        place = {"at": done, "passes": [*job.place.get("passes", []), *(each.device_pass.pk for each in issued)]}
        message = _("Đã tạo mã cho %(done)s/%(all)s đội") % _of(done, len(params["teams"]))
        work.say(done, 2 * len(params["teams"]), message, place=place)


def _of(done: int, everything: int) -> dict[str, str]:
    return {"done": vi_number(done), "all": vi_number(everything)}


def _codes(work: Work) -> list[dict]:
    """Of all teams, in the order in which they were chosen."""
    starts = range(0, len(work.job.params["teams"]), TEAMS_A_PIECE)
    return [team for at in starts for team in orjson.loads((work.folder / f"codes-{at}").read_bytes())]


def _print(work: Work, parts: list[list[dict]], printed: int) -> None:
    """Some parts, each into a file of its own."""
    size = 0
    while printed < len(parts) and size < cards.CARDS_A_PART:
        part = parts[printed]
        print_pdf("cards.typ", cards.document(part, work.job.params), work.folder / _part(printed))
        size += sum(len(team["cards"]) for team in part)
        printed += 1
    teams = len(work.job.params["teams"])
    message = _("Đang dàn trang: %(done)s/%(all)s phần") % _of(printed, len(parts))
    done = teams + teams * printed // len(parts)
    work.say(done, 2 * teams, message, place=work.job.place | {"printed": printed})


def _part(number: int) -> str:
    return f"part-{number}.pdf"


def _bind(work: Work, parts: list[list[dict]]) -> Result:
    params = work.job.params
    if params["layout"] == Layout.FILES:
        with zipfile.ZipFile(work.result, "w", zipfile.ZIP_STORED) as file:
            for number, [team] in enumerate(parts):
                file.write(work.folder / _part(number), safe_name(f"{team['name']} {team['code']}") + ".pdf")
        return Result(file_name=f"{params['name']}.zip", file_type=ZIP)
    pages = [
        {"file": f"/{_part(number)}", "number": page, "names": names}
        for number, part in enumerate(parts)
        for page, names in enumerate(cards.pages_of(part, params), 1)
    ]
    merge_pdfs(params["name"], pages, work.folder, work.result)
    return Result(file_name=f"{params['name']}.pdf", file_type=PDF)


def settle_passes(job: Job) -> None:
    """The new cards are there; those of the sheet before that nobody has scanned end now. Two sheets of the same teams
    that become ready at once do so one after the other."""
    lock_teams(job.params["teams"])
    replaced = replaced_by(sheet=job.params["sheet"], teams=job.params["teams"], but=job)
    ended = withdraw_passes(ids=replaced.values_list("pk", flat=True), by=job.ordered_by)
    made = len(job.place["passes"])
    told = ngettext("%(count)s thẻ", "%(count)s thẻ", made) % {"count": vi_number(made)}
    if ended:
        told += " · " + ngettext(
            "%(count)s thẻ in lần trước, chưa ai quét, đã hết tác dụng",
            "%(count)s thẻ in lần trước, chưa ai quét, đã hết tác dụng",
            ended,
        ) % {"count": vi_number(ended)}
        for before in sheets_before(job).filter(expires_at__gt=timezone.now()):
            _tell_sheet_before(before)
    Job.objects.filter(pk=job.pk).update(message=told)


def _tell_sheet_before(job: Job) -> None:
    """How many of its cards have ended; a file with none left that is worth printing is kept no longer."""
    passes = DevicePass.objects.filter(pk__in=job.place["passes"], redeemed_at=None)
    ended, made = passes.exclude(revoked_at=None).count(), len(job.place["passes"])
    if not ended:
        return
    now = {} if passes.filter(WAITING).exists() else {"expires_at": timezone.now()}
    with translation.override(job.language):
        told = ngettext("%(count)s thẻ", "%(count)s thẻ", made) % {"count": vi_number(made)}
        told += " · " + ngettext(
            "%(count)s thẻ không còn dùng được vì đã in lại",
            "%(count)s thẻ không còn dùng được vì đã in lại",
            ended,
        ) % {"count": vi_number(ended)}
    Job.objects.filter(pk=job.pk).update(message=told, **now)


def undo_passes(job: Job) -> None:
    withdraw_passes(ids=job.place.get("passes", []), by=job.ordered_by)


PASSES = JobKind(
    label=gettext_lazy("Thẻ đăng nhập máy"),
    right=Right.PASS_ISSUE,
    piece=passes_piece,
    settle=settle_passes,
    undo=undo_passes,
)


# --- posters ----------------------------------------------------------------------------------------------------------
def posters_piece(work: Work) -> Result | None:
    """Some posters; or, last, the one file of all."""
    params, printed = work.job.params, work.job.place.get("printed", 0)
    count = len(params["points"])
    if printed < count:
        ids = params["points"][printed : printed + POSTERS_A_PIECE]
        print_pdf("posters.typ", posters.document(params, ids), work.folder / _part(printed))
        done = printed + len(ids)
        message = _("Đang dàn trang: %(done)s/%(all)s áp phích") % _of(done, count)
        work.say(done, count, message, place={"printed": done})
        return None
    found = SupportPoint.objects.in_bulk(params["points"])
    pages = [
        {"file": f"/{_part(at - at % POSTERS_A_PIECE)}", "number": at % POSTERS_A_PIECE + 1, "names": [found[pk].name]}
        for at, pk in enumerate(params["points"])
    ]
    merge_pdfs(params["name"], pages, work.folder, work.result, paper=params["paper"])
    told = ngettext("%(count)s áp phích", "%(count)s áp phích", count) % {"count": vi_number(count)}
    return Result(told, file_name=f"{params['name']}.pdf", file_type=PDF)


POSTERS = JobKind(label=gettext_lazy("Áp phích"), right=Right.DEPLOY, piece=posters_piece)

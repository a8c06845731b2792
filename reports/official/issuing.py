"""Issuing a report: a worker freezes what the statistics say now, lays it out, and only then is it issued.

Until the transaction that ends the job there is no issue, whatever dies; after it there is one, for good.
"""

import datetime as dt
import secrets
import uuid
from dataclasses import replace
from urllib.parse import urljoin

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit
from core.errors import DomainError
from core.jobs import services
from core.jobs.kinds import JobKind, Result
from core.jobs.models import GIVEN_UP, Job
from core.jobs.work import Work, folder_of, remove_files
from reports.official import files
from reports.official.comparing import changes_between
from reports.official.composing import build, without_gaps
from reports.official.content import Report, Verification
from reports.official.drafting import ChangedMeanwhile, require_unit
from reports.official.frozen import canonical, digest_of, thaw
from reports.official.models import CODE_ALPHABET, CODE_LENGTH, FileFormat, ReportDraft, ReportFile, ReportIssue
from services_help.reasons import checked_reason
from teams.access import Access, access_of_user
from teams.permissions import Right

ISSUE, PREVIEW = "report.issuing", "report.previewing"
CONTENT = "content.json"
# The appendices alone are of no use to look at.
PREVIEWED = (FileFormat.DOCX, FileFormat.PDF)
STEPS = ("build", *FileFormat.values, "store")


# --- ordering ---------------------------------------------------------------------------------------------------------
def order_issue(*, draft: ReportDraft, seen: int, reason: str, base: str, key: uuid.UUID, access: Access) -> Job:
    """Have the draft issued as it was ``seen``. ``base``: the portal's address, which the paper leads to."""
    require_unit(access, draft.unit)
    now = ReportDraft.objects.select_related("changed_by").get(pk=draft.pk)
    if now.revision != seen:
        raise ChangedMeanwhile(now)
    if reason or draft.issues.exists():
        reason = checked_reason(reason, missing=_missing(), most=1000)
    params = {"draft": draft.pk, "revision": seen, "reason": reason, "base": base}
    title = _("Phát hành báo cáo · %(subject)s") % {"subject": draft.subject}
    return services.order(ISSUE, params, title=title, access=access, key=key, scope_unit=draft.unit_id)


def order_preview(*, draft: ReportDraft, form: str, key: uuid.UUID, access: Access) -> Job:
    require_unit(access, draft.unit)
    params = {"draft": draft.pk, "revision": draft.revision, "format": FileFormat(form).value}
    title = _("Bản nháp báo cáo · %(subject)s") % {"subject": draft.subject}
    return services.order(PREVIEW, params, title=title, access=access, key=key, scope_unit=draft.unit_id)


def _missing() -> str:
    return _("Báo cáo này đã phát hành. Hãy ghi lý do phát hành lại rồi phát hành bản mới.")


def _drafted(work: Work) -> tuple[ReportDraft, Access]:
    """The draft as it was ordered, and what the one who has ordered may still do."""
    params, access = work.job.params, access_of_user(work.job.ordered_by)
    rows = ReportDraft.objects.select_related("unit", "campaign", "template", "changed_by")
    draft = rows.filter(pk=params["draft"]).first()
    if draft is None:
        raise DomainError(_("Bản nháp này đã bị xóa."))
    require_unit(access, draft.unit)
    if draft.revision != params["revision"]:
        raise DomainError(_("Bản nháp đã được sửa sau khi giao việc. Hãy xem lại bản mới rồi giao lại."))
    return draft, access


# --- the job of an issue ----------------------------------------------------------------------------------------------
def issue_piece(work: Work) -> Result | None:
    """The figures, frozen; then one form after another from what is frozen; then all of it onto the disk."""
    step = work.job.place.get("step", "build")
    if step == "build":
        _freeze(work)
    elif step == "store":
        return _store(work)
    else:
        _render(work, step)
    return None


def _say(work: Work, step: str, message: str, **place) -> None:
    """``step``: what comes next."""
    work.say(STEPS.index(step), len(STEPS), message, place=work.job.place | place | {"step": step})


def _freeze(work: Work) -> None:
    """As it will stand: version, what is different, why. A code by which the paper is known."""
    draft, access = _drafted(work)
    # Before the figures: what is issued while they are asked for takes this version, and they are asked anew.
    before = draft.issues.order_by("-version").first()
    built = build(draft, access)
    reason = work.job.params["reason"]
    if before and not reason:
        raise DomainError(_missing())
    report = replace(
        built,
        is_draft=False,
        sections=without_gaps(built.sections),
        version=before.version + 1 if before else 1,
        changes=changes_between(thaw(before.content), built) if before else (),
        changes_reason=reason,
    )
    text = canonical(report)
    work.keep(CONTENT, text.encode())
    code = work.job.place.get("code") or "".join(secrets.choice(CODE_ALPHABET) for _number in range(CODE_LENGTH))
    url = urljoin(work.job.params["base"], reverse("public:verify", args=[code]))
    told = {"code": code, "url": url, "version": report.version, "digest": digest_of(text)}
    _say(work, FileFormat.values[0], _("Đã chốt số liệu, đang dàn trang"), **told)


def _frozen(work: Work) -> Report:
    place = work.job.place
    return thaw((work.folder / CONTENT).read_text(encoding="utf-8"), Verification(place["url"], place["digest"]))


def _render(work: Work, form: str) -> None:
    draft, _access = _drafted(work)
    template = bytes(draft.template.data) if draft.template else None
    work.keep(form, files.render(_frozen(work), form, template))
    done = {"form": FileFormat(form).label}
    _say(work, STEPS[STEPS.index(form) + 1], _("Đã dàn trang %(form)s") % done)


def _store(work: Work) -> Result | None:
    """If another version was issued meanwhile, this one is the next, and tells what differs from that."""
    draft, _access = _drafted(work)
    place = work.job.place
    if draft.issues.filter(version=place["version"]).exists():
        _say(work, "build", _("Một bản khác vừa phát hành; đang lập bản tiếp theo"))
        return None
    try:
        kept = ((form, (work.folder / form).read_bytes()) for form in FileFormat.values)
        stored = {form: files.store(place["code"], form, data) for form, data in kept}
        _say(work, "store", _("Đang phát hành"), files=stored)
    except Exception:
        _discard_unwanted(work.job)
        raise
    return Result(_("Đã phát hành bản %(version)s") % {"version": place["version"]})


def _discard_unwanted(job: Job) -> None:
    """What was laid down after the job had been stopped, which had looked for files before there were any.

    Not what another worker is about to issue, who has taken the job over.
    """
    code = job.place["code"]
    wanted = Job.objects.filter(pk=job.pk, place__code=code).exclude(state__in=GIVEN_UP)
    if not wanted.exists() and not ReportIssue.objects.filter(code=code).exists():
        files.discard(code)


def settle_issue(job: Job) -> None:
    """In the transaction that makes the job done: the one moment from which there is an issue."""
    place = job.place
    draft = ReportDraft.objects.select_for_update(of=("self",)).get(pk=job.params["draft"])
    text = (folder_of(job) / CONTENT).read_text(encoding="utf-8")
    report = thaw(text)
    try:
        with transaction.atomic():
            issue = ReportIssue.objects.create(
                draft=draft,
                version=report.version,
                unit_id=draft.unit_id,
                kind=draft.kind,
                campaign_id=draft.campaign_id,
                starts_on=draft.starts_on,
                ends_on=draft.ends_on,
                subject=report.subject,
                content=text,
                digest=place["digest"],
                code=place["code"],
                url=place["url"],
                as_of=dt.datetime.fromisoformat(report.as_of),
                reason=report.changes_reason,
                template_id=draft.template_id,
                issued_at=timezone.now(),
                issued_by=job.ordered_by,
                job_key=job.key,
            )
    except IntegrityError as error:
        raise DomainError(_("Một bản khác vừa phát hành đúng lúc này. Hãy phát hành lại.")) from error
    for form in FileFormat.values:
        digest, size = place["files"][form]
        ReportFile.objects.create(issue=issue, format=form, digest=digest, size=size)
    audit.record(
        "reports.report_published",
        by=job.ordered_by,
        target=issue,
        scope_unit=draft.unit_id,
        version=issue.version,
        digest=issue.digest,
        reason=issue.reason,
    )
    transaction.on_commit(lambda: remove_files(job))


def undo_issue(job: Job) -> None:
    """Files that were laid down for an issue that has not come about."""
    code = job.place.get("code")
    if code and not ReportIssue.objects.filter(code=code).exists():
        transaction.on_commit(lambda: files.discard(code))


# --- the job of a preview ---------------------------------------------------------------------------------------------
def preview_piece(work: Work) -> Result | None:
    draft, access = _drafted(work)
    if not work.job.place.get("built"):
        report = build(draft, access)
        work.keep(CONTENT, canonical(report).encode())
        work.say(1, 2, _("Đã lấy số liệu, đang dàn trang"), place={"built": True})
        return None
    form = work.job.params["format"]
    report = thaw((work.folder / CONTENT).read_text(encoding="utf-8"))
    work.keep("result", files.render(report, form, bytes(draft.template.data) if draft.template else None))
    message = _("Bản nháp để xem, chưa phát hành")
    return Result(message, file_name=files.name_of(draft.subject, None, form), file_type=files.TYPES[FileFormat(form)])


ISSUING = JobKind(
    label=gettext_lazy("Phát hành báo cáo"),
    right=Right.REPORT_ISSUE,
    piece=issue_piece,
    settle=settle_issue,
    undo=undo_issue,
)
PREVIEWING = JobKind(label=gettext_lazy("Bản nháp báo cáo"), right=Right.REPORT_ISSUE, piece=preview_piece)

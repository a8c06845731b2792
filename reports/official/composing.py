"""From a draft and its figures to the report: sections, appendices, definitions. Nothing is counted here.

An official document is Vietnamese whatever language its reader has chosen, so its words are not translated.
"""

from collections.abc import Iterator

from django.utils import translation

from core.templatetags.vi import vi_number
from reports.official import tables
from reports.official.content import (
    Appendix,
    Definition,
    Headline,
    Letterhead,
    Part,
    Report,
    Section,
    Signature,
)
from reports.official.drafting import require_years
from reports.official.figures import HEADLINES, Figures, is_of_citizens, snapshot
from reports.official.models import ReportDraft
from teams.access import Access

ROMAN = ("I", "II", "III", "IV", "V", "VI")
STATES = {"provisional": "tạm tính", "approved": "đã duyệt", "locked": "đã khóa", None: "chưa có số liệu"}
# What stands where nothing has been written yet; a draft only.
GAP = "…"
# Words handed out, as the catalogue counts them.
LEAFLETS = "TL"


def build(draft: ReportDraft, access: Access) -> Report:
    """The report as it would be now, as a draft; every figure of one moment, as ``access`` may see it."""
    require_years(draft)  # of drafts from before it was asked
    with translation.override("vi"), snapshot():
        figures = Figures(draft, access)
        return Report(
            letterhead=Letterhead(
                issuer=tuple(lines_of(draft.issuer)),
                symbol=draft.symbol,
                place=draft.place,
                number=draft.number,
                date=draft.dated.isoformat() if draft.dated else "",
            ),
            subject=draft.subject,
            sections=_sections(draft, figures),
            signature=Signature(draft.authority, draft.post, draft.signer),
            as_of=figures.as_of.isoformat(),
            state=STATES[figures.state],
            addressee=draft.addressee,
            opening=draft.opening,
            recipients=tuple(line.lstrip("-– ").rstrip(".;") for line in lines_of(draft.recipients)),
            appendices=_appendices(draft, figures),
            definitions=_definitions(figures),
            headlines=tuple(
                Headline(code, figures.label(code), figures.totals[code], is_of_citizens(code)) for code in HEADLINES
            ),
        )


# --- words ------------------------------------------------------------------------------------------------------------
def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def parts_of(text: str, heading: str = "") -> Iterator[Part]:
    """Each line a paragraph; lines that begin with a dash are a list. Where nothing is written, a gap."""
    if heading:
        yield Part(heading=heading)
    items: list[str] = []
    for line in lines_of(text) or [GAP]:
        if line.startswith(("-", "–", "•")):
            items.append(line.lstrip("-–• "))
            continue
        if items:
            yield Part(items=tuple(items))
            items = []
        yield Part(text=line)
    if items:
        yield Part(items=tuple(items))


def without_gaps(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """As issued: no dots where nothing was written, and no heading above nothing."""
    return tuple(Section(each.number, each.title, tuple(_filled(each.parts))) for each in sections)


def _filled(parts: tuple[Part, ...]) -> Iterator[Part]:
    for number, part in enumerate(parts):
        following = parts[number + 1] if number + 1 < len(parts) else None
        if part.text == GAP or (part.heading and following is not None and following.text == GAP):
            continue
        yield part


# --- sections ---------------------------------------------------------------------------------------------------------
def _sections(draft: ReportDraft, figures: Figures) -> tuple[Section, ...]:
    judged = (
        *parts_of(draft.strengths, "1. Ưu điểm"),
        *parts_of(draft.weaknesses, "2. Hạn chế, khó khăn"),
        *parts_of(draft.causes, "3. Nguyên nhân; mô hình hay; kiến nghị"),
    )
    return (
        Section("I", "CÔNG TÁC CHỈ ĐẠO, TRIỂN KHAI", tuple(parts_of(draft.steering))),
        Section("II", "KẾT QUẢ THỰC HIỆN", tuple(_results(draft, figures))),
        Section("III", "ĐÁNH GIÁ", judged),
        Section("IV", "PHƯƠNG HƯỚNG, NHIỆM VỤ THỜI GIAN TỚI", tuple(parts_of(draft.plan))),
    )


def _results(draft: ReportDraft, figures: Figures) -> Iterator[Part]:
    yield from _forces(figures)
    yield from _contents(figures)
    yield from _places(figures)
    yield Part(heading="4. Truyền thông")
    if figures.totals.get(LEAFLETS):
        yield Part(text=f"Đã phát {vi_number(figures.totals[LEAFLETS])} tài liệu tuyên truyền.")
    if draft.media or not figures.totals.get(LEAFLETS):
        yield from parts_of(draft.media)


def _forces(figures: Figures) -> Iterator[Part]:
    told = {code: vi_number(figures.totals[code]) for code in HEADLINES}
    yield Part(heading="1. Lực lượng")
    yield Part(
        text=(
            "{teams} đội hình đã tổ chức {sessions} ca hỗ trợ tại {points} điểm, với {volunteer_turns} lượt "
            "tình nguyện viên ({volunteers} tình nguyện viên), tổng cộng {volunteer_minutes} phút tình nguyện."
        ).format_map(told)
    )
    yield Part(table=tables.forces(figures))


def _contents(figures: Figures) -> Iterator[Part]:
    told = {code: vi_number(figures.totals[code]) for code in HEADLINES}
    yield Part(heading="2. Theo nội dung")
    yield Part(text="Đã hỗ trợ {people} lượt người với {service_turns} lượt dịch vụ.".format_map(told))
    if not figures.totals["service_turns"]:
        return
    table, chart = tables.service_groups(figures)
    yield Part(table=table)
    yield Part(chart=chart)
    if figures.reached:
        yield Part(table=tables.results(figures))
    yield Part(table=tables.outcomes(figures))
    rhythm, curve = tables.over_time(figures)
    if len(rhythm.rows) > 1:
        yield Part(table=rhythm)
        yield Part(chart=curve)


def _places(figures: Figures) -> Iterator[Part]:
    yield Part(heading="3. Theo địa bàn, đơn vị")
    if not figures.totals["sessions"]:
        yield Part(text="Chưa có ca hỗ trợ nào được ghi.")
        return
    table, chart = tables.units(figures)
    yield Part(text=f"Có {vi_number(len(table.rows))} đơn vị có kết quả.")
    yield Part(table=table)
    if len(chart.labels) > 1:
        yield Part(chart=chart)
    blocks, areas = tables.blocks(figures), tables.areas(figures)
    if len(blocks.rows) > 1:
        yield Part(table=blocks)
    # More than that is a list for the appendix: there every point names its area.
    if 1 < len(areas.rows) <= tables.MOST_AREAS:
        yield Part(table=areas)


# --- behind the text --------------------------------------------------------------------------------------------------
def _appendices(draft: ReportDraft, figures: Figures) -> tuple[Appendix, ...]:
    """Those with something in them, numbered as they come."""
    made = [(make(figures), is_wide) for make, is_wide in tables.APPENDICES]
    if lines := [line.lstrip("-– ") for line in lines_of(draft.commendations)]:
        made.append((tables.commendations(lines), False))
    filled = [(table, is_wide) for table, is_wide in made if table.rows]
    return tuple(
        Appendix(number, table.title.upper(), table, is_wide)
        for number, (table, is_wide) in zip(ROMAN, filled, strict=False)
    )


def _definitions(figures: Figures) -> tuple[Definition, ...]:
    codes = (*HEADLINES, *figures.reached)
    return tuple(Definition(figures.label(code), str(figures.measures[code].definition)) for code in codes)

/** The first screen: shifts that are open, plans of today and of the coming days, and a shift without a plan. */
import { joinShift, openShift } from "../actions";
import { nameOf, planOf, type OpenSession, type Plan } from "../kit";
import { go, one, s } from "../state";
import type { Shift } from "../store";
import { longDay, number, shortDay, t, time } from "../text";
import { Frame } from "./frame";
import { Button, Empty, Icon } from "./parts";

const teamName = (code: string): string => nameOf(s.kit?.teams ?? [], code);
/** A plan names its own point, also one that is no longer listed. */
function placeName(point: string | null): string {
  const planned = s.kit?.days.flatMap(({ plans }) => plans.flatMap((plan) => plan.point ?? [])) ?? [];
  return point ? nameOf([...(s.kit?.points ?? []), ...planned], point) : t.mobile;
}

/** What comes with the later part: below the fold, or rare. */
export const later: Partial<typeof import("./coming")> = {};

export function Day() {
  const today = one.clock.today();
  const days = s.kit?.days ?? [];
  const plans = days.find((each) => each.day === today)?.plans ?? [];
  const known = new Set(s.shifts.map((shift) => shift.id));
  // Those that only other phones know: offered, so that the team does not open a second shift.
  const others = (s.kit?.sessions ?? []).filter((each) => !known.has(each.id));
  const isLoose = (row: Shift | OpenSession): boolean => row.day !== today || !s.kit || !planOf(s.kit, row);
  const loose = s.shifts.filter(isLoose);
  return (
    <Frame title={t.app} under={s.name} actions={<DayActions />}>
      <h2 class="day">
        <small>{t.today}</small> {longDay(today)}
      </h2>
      {later.Notices && <later.Notices />}
      {loose.filter((shift) => !shift.ended_at).map((shift) => <LooseShift key={shift.id} shift={shift} today={today} />)}
      {others.filter(isLoose).map((each) => (
        <article key={each.id} class="card">
          <h3>{placeName(each.point)}</h3>
          <p class="soft">{teamName(each.team)} · {each.day === today ? t.openedByOther : shortDay(each.day)}</p>
          <Button look="full" icon="users" label={t.continue} onClick={() => joinShift(each)} />
        </article>
      ))}
      {plans.map((plan) => (
        <PlanCard key={`${plan.team} ${plan.point?.code} ${plan.starts_at}`} plan={plan}
          shifts={s.shifts.filter((each) => each.day === today && planOf(s.kit!, each) === plan)}
          others={others.filter((each) => each.day === today && planOf(s.kit!, each) === plan)} />
      ))}
      {s.kit && !plans.length && (
        <Empty icon="calendar-days" title={t.noPlan}>
          <p>{s.kit.teams.length ? t.noPlanText : t.noTeam}</p>
        </Empty>
      )}
      {!s.kit && <Empty icon="refresh-cw" title={t.getting} />}
      {loose.filter((shift) => shift.ended_at).map((shift) => <LooseShift key={shift.id} shift={shift} today={today} />)}
      {later.Coming && <later.Coming days={days.filter((each) => each.plans.length)} today={today} />}
      <nav class="links">
        <button type="button" onClick={() => go("rules")}><Icon name="shield-check" />{t.tabs.rules}</button>
        <button type="button" onClick={() => go("settings")}><Icon name="settings" />{t.settings}</button>
      </nav>
    </Frame>
  );
}

function DayActions() {
  if (!s.kit) return null;
  return <Button look="quiet full" icon="plus" label={t.openUnplanned} onClick={() => go("open")} />;
}

function PlanCard({ plan, shifts, others }: { plan: Plan; shifts: Shift[]; others: OpenSession[] }) {
  const point = plan.point?.code ?? null;
  const open = shifts.some((shift) => !shift.ended_at);
  return (
    <article class="card">
      <h3>{plan.point?.name ?? t.mobile}</h3>
      <p class="facts">
        <span><Icon name="clock" />{plan.starts_at}–{plan.ends_at}</span>
        <span><Icon name="users" />{teamName(plan.team)}</span>
        <span><Icon name="flag" />{plan.campaign}</span>
      </p>
      {shifts.map((shift) => <ShiftLink key={shift.id} shift={shift} />)}
      {!open && others.map((each) => (
        <Button key={each.id} look="full" icon="users" label={`${t.continue} · ${t.openedByOther}`} onClick={() => joinShift(each)} />
      ))}
      {!shifts.length && !others.length && (
        <Button look="full" icon="navigation" label={t.open} onClick={() => openShift(plan.team, point)} />
      )}
      {shifts.length > 0 && !open && !others.length && (
        <Button look="link" icon="plus" label={t.openMore} onClick={() => openShift(plan.team, point)} />
      )}
    </article>
  );
}

function ShiftLink({ shift }: { shift: Shift }) {
  const figures = `${time(shift.started_at)}${shift.ended_at ? `–${time(shift.ended_at)}` : ""} · ${t.people(number(shift.people))}`;
  return (
    <button type="button" class={`button full ${shift.ended_at ? "quiet" : ""}`} onClick={() => go(`shift/${shift.id}`)}>
      <Icon name={shift.ended_at ? "badge-check" : "arrow-right"} />
      <span>{shift.ended_at ? t.closed : t.continue} <small>{figures}</small></span>
    </button>
  );
}

function LooseShift({ shift, today }: { shift: Shift; today: string }) {
  const late = shift.day !== today;
  return (
    <article class={`card ${late ? "left-open" : ""}`}>
      <h3>{late ? t.leftOpen(shortDay(shift.day)) : placeName(shift.point)}</h3>
      <p class="soft">{teamName(shift.team)} · {late ? placeName(shift.point) : t.unplanned}</p>
      <ShiftLink shift={shift} />
    </article>
  );
}

export { teamName, placeName };

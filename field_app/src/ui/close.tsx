/** Who is there, the end of a shift, what it came to, and the rules. */
import { shortOf } from "../kit";
import { closeShift, plannedEnd, togglePresent } from "../more_actions";
import { personalDataIn } from "../privacy";
import { isLate } from "../queue";
import { done, go, one, s, screen, set } from "../state";
import type { Shift } from "../store";
import { number, shortDay, t, time } from "../text";
import { teamName } from "./day";
import { Frame, unsent } from "./frame";
import { Button, Empty, Icon, Message } from "./parts";

export function Present() {
  const { id } = screen();
  const shift = s.shift;
  const members = s.kit?.teams.find((team) => team.code === shift?.team)?.members ?? [];
  const missing = members.filter(({ code }) => !shift?.present[code]);
  return (
    <Frame title={t.present} under={shift ? teamName(shift.team) : ""} back={`shift/${id}`}
      actions={<Button look="full" icon="arrow-right" label={shift?.ended_at ? t.backToShift : t.log} onClick={() => go(`shift/${id}`)} />}>
      {missing.length > 1 && (
        <Button look="quiet full" icon="user-check" label={t.allPresent} onClick={() => togglePresent(missing.map(({ code }) => code), true)} />
      )}
      <div class="ticks">
        {members.map(({ code, name }) => {
          const here = Boolean(shift?.present[code]);
          return (
            <button key={code} type="button" class="tick" aria-pressed={here} onClick={() => void togglePresent([code], !here)}>
              <span class="box">{here && <Icon name="check" />}</span>
              {name}
            </button>
          );
        })}
      </div>
      {!members.length && <Empty icon="users" title={t.noMembers} />}
    </Frame>
  );
}

/** What a note is refused for, before it is stored. */
export function refusal(note: string): string | null {
  const found = personalDataIn(note);
  return found && t.refusedNote[found];
}

export function Note({ shift }: { shift: Shift }) {
  const note = s.draft.note ?? shift.note;
  return (
    <label class="row">
      {t.note}
      <textarea rows={3} maxLength={1000} aria-describedby="note-hint" value={note}
        onInput={(event) => { s.draft.note = event.currentTarget.value; if (s.alarm) set({ alarm: "" }); }} />
      <small id="note-hint">{t.noteHint}</small>
    </label>
  );
}

export function Close() {
  const { id } = screen();
  const shift = s.shift;
  if (!shift) return <Frame title={t.closeNow} back={`shift/${id}`}>{null}</Frame>;
  const late = shift.day !== one.clock.today();
  const until = s.draft.until ?? plannedEnd(shift);
  const close = () => {
    const note = (s.draft.note ?? shift.note).trim();
    const problem = refusal(note);
    return problem ? set({ alarm: problem }) : closeShift(note, late ? until : null);
  };
  return (
    <Frame title={t.tabs.close} under={teamName(shift.team)} back={`shift/${id}`}
      actions={<Button look="full" icon="check" label={t.closeNow} onClick={close} />}>
      <h2>{t.closeTitle}</h2>
      {!shift.turns && !Object.keys(shift.by_service).length && !shift.last.length && <Message level="warn" icon="triangle-alert">{t.nothingLogged}</Message>}
      {!Object.keys(shift.present).length && (
        <Message level="warn" icon="user-check">
          {t.nobodyPresent} <Button look="link" label={t.present} onClick={() => go(`present/${id}`)} />
        </Message>
      )}
      <Summary shift={shift} />
      {late && (
        <label class="row">
          {t.until} ({shortDay(shift.day)})
          <input type="time" value={until} onInput={(event) => { s.draft.until = event.currentTarget.value; }} />
        </label>
      )}
      <Note shift={shift} />
    </Frame>
  );
}

export function Summary({ shift }: { shift: Shift }) {
  const figures = [
    [t.counts.people, shift.people],
    [t.counts.turns, shift.turns],
    [t.counts.present, Object.keys(shift.present).length],
  ] as const;
  const services = Object.entries(shift.by_service).sort(([, a], [, b]) => b - a);
  return (
    <>
      <dl class="counts card">
        {figures.map(([name, figure]) => <div key={name}><dt>{name}</dt><dd>{number(figure)}</dd></div>)}
      </dl>
      {services.length > 0 && (
        <ul class="list card">
          {services.map(([code, turns]) => <li key={code}><div><b>{shortOf(s.kit, code)}</b></div><span>{t.turns(number(turns))}</span></li>)}
        </ul>
      )}
    </>
  );
}

export function Closed() {
  const shift = s.shift;
  if (!shift) return <Frame title={t.closed} back="day">{null}</Frame>;
  const left = s.entries.filter((op) => op.state === "queued" || op.state === "held").length;
  const late = s.entries.filter(isLate).length;
  return (
    <Frame title={teamName(shift.team)} under={t.closed} back="day"
      actions={<Button look="full" icon="arrow-left" label={t.backToDay} onClick={() => go("day")} />}>
      <div class="closed">
        <Icon name={left ? "cloud-upload" : "badge-check"} />
        <h2>{t.closedThanks}</h2>
        <p>{left || unsent() ? t.closedUnsent(number(Math.max(left, unsent()))) : t.closedSent}</p>
      </div>
      {late > 0 && <Message level="warn" icon="clock">{t.closedLate(number(late))}</Message>}
      <Summary shift={shift} />
      <p class="soft">{time(shift.started_at)}–{time(shift.ended_at!)} · {shortDay(shift.day)}</p>
      {shift.note && <div class="card"><h3>{t.note}</h3><p>{shift.note}</p></div>}
      <p class="soft">{t.closedHint}</p>
      <div class="pair">
        <Button look="quiet" icon="list-checks" label={t.tabs.list} onClick={() => go(`list/${shift.id}`)} />
        <Button look="quiet" icon="user-check" label={t.present} onClick={() => go(`present/${shift.id}`)} />
      </div>
    </Frame>
  );
}

export function Rules() {
  const { id } = screen();
  return (
    <Frame title={t.tabs.rules} back={id ? `shift/${id}` : "day"}
      actions={<Button look="full" icon="check" label={t.understood} onClick={() => done(id ? `shift/${id}` : "day")} />}>
      <h2>{t.rulesTitle}</h2>
      <ol class="rules card">
        {t.rules.map(([icon, title, text]) => <li key={icon}><Icon name={icon} /><div><b>{title}</b><p>{text}</p></div></li>)}
      </ol>
      <p class="soft">{t.onlyCounts}</p>
    </Frame>
  );
}

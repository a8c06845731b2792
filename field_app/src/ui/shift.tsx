/** The leader's hour: tiles, the running count, the last entry, and the row of tabs under the thumb. */
import { sameCitizen, undo } from "../actions";
import { tilesOf, shortOf, type Service } from "../kit";
import { go, one, s } from "../state";
import type { Shift } from "../store";
import { number, shortDay, t, time } from "../text";
import { placeName, teamName } from "./day";
import { Frame } from "./frame";
import { Empty, Icon, Message } from "./parts";

const HELD_FOR = 500;

export function ShiftScreen() {
  const shift = s.shift;
  if (!shift) return <Frame title={t.loading} back="day">{null}</Frame>;
  const groups = s.kit ? tilesOf(s.kit, shift, t.mostUsed) : [];
  return (
    <Frame title={teamName(shift.team)} under={whereOf(shift)} back={shift.ended_at ? `shift/${shift.id}` : "day"} actions={<Bottom shift={shift} />}>
      <Running shift={shift} />
      {shift.adopted && <p class="soft">{t.onlyHere}</p>}
      {s.same && (
        <Message icon="repeat-2">
          <b>{t.sameCitizenLong}</b>
          <p>{t.sameCitizenHint}</p>
          <button type="button" class="button link" onClick={() => sameCitizen(null)}>{t.never}</button>
        </Message>
      )}
      {groups.map((group) => (
        <section key={group.code}>
          <h2 class="group">{group.name}</h2>
          <div class="tiles">
            {group.services.map((service) => <Tile key={service.code} service={service} shift={shift} />)}
          </div>
        </section>
      ))}
      {s.kit && !groups.length && <Empty icon="circle-help" title={t.noServices} />}
    </Frame>
  );
}

function whereOf(shift: Shift): string {
  const late = shift.day === one.clock.today() ? "" : `${shortDay(shift.day)} · `;
  return `${late}${time(shift.started_at)} · ${placeName(shift.point)}`;
}

/** People of the shift, and turns hour by hour; always of one height. */
function Running({ shift }: { shift: Shift }) {
  const hours = Object.entries(shift.by_hour).map(([hour, turns]) => [Number(hour), turns] as const).sort(([a], [b]) => a - b);
  return (
    <section class="running">
      <p data-people={shift.people} data-turns={shift.turns}>
        <b class="figure">{number(shift.people)}</b> {t.counts.people}
        <br />
        <small>{number(shift.turns)} {t.counts.turns}</small>
      </p>
      <ol class="hours" aria-label={t.byHour}>
        {hours.slice(-5).map(([hour, turns]) => (
          <li key={hour}><b>{number(turns)}</b><small>{t.hour(String(hour))}</small></li>
        ))}
      </ol>
    </section>
  );
}

let held: ReturnType<typeof setTimeout> | undefined;
let wasHeld = false;

function Tile({ service, shift }: { service: Service; shift: Shift }) {
  const count = shift.by_service[service.code] ?? 0;
  const alone = !service.for_citizens;
  const bulk = () => go(`bulk/${shift.id}/${service.code}`);
  const press = () => {
    wasHeld = false;
    held = setTimeout(() => {
      wasHeld = true;
      navigator.vibrate?.(20);
      bulk();
    }, HELD_FOR);
  };
  const release = () => clearTimeout(held);
  return (
    <button
      type="button"
      class="tile"
      data-service={service.code}
      onPointerDown={s.same ? undefined : press}
      onPointerUp={release}
      onPointerLeave={release}
      onPointerCancel={release}
      // The menu key of a keyboard, and the long press of some phones.
      onContextMenu={(event) => {
        event.preventDefault();
        release();
        if (!wasHeld && !s.same) bulk();
        wasHeld = true;
      }}
      onClick={() => {
        if (!wasHeld) (alone ? bulk : () => go(`log/${shift.id}/${service.code}`))();
        wasHeld = false;
      }}
    >
      <Icon name={service.icon} />
      <span>{service.short}</span>
      {count > 0 && <b class="badge">{number(count)}</b>}
    </button>
  );
}

function Bottom({ shift }: { shift: Shift }) {
  const members = s.kit?.teams.find((team) => team.code === shift.team)?.members.length ?? 0;
  const present = Object.keys(shift.present).length;
  const tab = (path: string, icon: string, label: string, figure?: string) => (
    <button type="button" class="tab" onClick={() => go(path === "rules" ? `rules/${shift.id}` : `${path}/${shift.id}`)}>
      {figure === undefined ? <Icon name={icon} /> : <b>{figure}</b>}
      <span>{label}</span>
    </button>
  );
  return (
    <>
      <LastLine shift={shift} />
      <nav class="tabs">
        {tab("list", "", t.tabs.list, number(shift.turns))}
        {tab("present", "", t.tabs.present, `${present}/${members}`)}
        {tab("notes", "camera", t.tabs.notes)}
        {tab("rules", "shield-check", t.tabs.rules)}
        {!shift.ended_at && tab("close", "flag", t.tabs.close)}
      </nav>
    </>
  );
}

/** Always there, so that nothing moves under the thumb when the first entry comes. */
function LastLine({ shift }: { shift: Shift }) {
  const line = shift.last[0];
  if (!line) return <p class="last-line hint">{t.howTo}</p>;
  return (
    <div class="last-line" data-last={line.id}>
      <Icon name="circle-check" />
      <p>
        <b>{t.recorded}</b> · {shortOf(s.kit, line.service)}{line.people > 1 ? ` · ${t.people(number(line.people))}` : ""}
        <small>{t.results[line.result as keyof typeof t.results]}</small>
      </p>
      <button type="button" class="button quiet" onClick={() => void undo(line.id)}><Icon name="undo-2" />{t.undo}</button>
      <button type="button" class="button quiet" disabled={line.people !== 1} onClick={() => sameCitizen(line)}>
        <Icon name="repeat-2" />{t.sameCitizen}
      </button>
    </div>
  );
}

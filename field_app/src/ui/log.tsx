/** The second tap: the result. And the same for a group, or for work that helps no single citizen. */
import { log, setSettings } from "../actions";
import { done, s, screen, serviceOf, set } from "../state";
import { number, t } from "../text";
import type { AgeGroup, Channel, Result } from "../wire";
import { Frame } from "./frame";
import { Button, Icon, Picks } from "./parts";

const MOST_PEOPLE = 500;
const MOST_QUANTITY = 100_000;
const LOOKS: Record<Result, string> = { done_self: "ok", done_assisted: "helped", referred: "refer", not_done: "" };

const pairs = <T extends string>(names: Record<T, string>) => Object.entries(names) as [T, string][];

export function Log() {
  const { id, service: code } = screen();
  const service = serviceOf(code);
  if (!service) return <Frame title={code} back={`shift/${id}`}>{null}</Frame>;
  return (
    <Frame title={service.short} under={s.same ? t.sameCitizenLong : undefined} back={`shift/${id}`} low>
      <p class="service"><Icon name={service.icon} /><b>{service.name}</b></p>
      <Circumstances />
      <h2>{t.whatResult}</h2>
      <Results onPick={(result) => log(service, { result, people: 1 })} />
      {!s.same && <Button look="link" icon="users" label={t.group} onClick={() => { done(`bulk/${id}/${code}`); }} />}
    </Frame>
  );
}

function Circumstances() {
  return (
    <>
      <Picks<"" | AgeGroup> legend={t.age} options={pairs(t.ages)} chosen={s.settings.age ?? ""}
        onPick={(age) => void setSettings({ age: age || null })} />
      <Picks<Channel> legend={t.channel} options={pairs(t.channels)} chosen={s.settings.channel}
        onPick={(channel) => void setSettings({ channel })} />
    </>
  );
}

function Results({ onPick }: { onPick: (result: Result) => Promise<void> }) {
  return (
    <div class="choices">
      {pairs(t.results).map(([result, label]) => (
        <button key={result} type="button" class={`choice ${LOOKS[result]}`} data-result={result} onClick={() => void once(() => onPick(result))}>
          {label}
        </button>
      ))}
    </div>
  );
}

let busy = false;

/** Two taps in haste are one. */
async function once(work: () => Promise<void>): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    await work();
  } finally {
    busy = false;
  }
}

export function Bulk() {
  const { id, service: code } = screen();
  const service = serviceOf(code);
  if (!service) return <Frame title={code} back={`shift/${id}`}>{null}</Frame>;
  const least = service.for_citizens ? 1 : 0;
  const people = Number(s.draft.people ?? (least ? 2 : 0));
  const counts = !service.for_citizens && service.metric;
  const quantity = Number(s.draft.quantity ?? 1);
  const record = async (result: Result) => {
    if (people < least) return set({ alarm: t.atLeastOne });
    if (!people && !(counts && quantity)) return set({ alarm: t.needsQuantity });
    await log(service, { result, people, ...(counts ? { quantity } : {}) });
  };
  return (
    <Frame title={service.short} under={service.for_citizens ? t.group : undefined} back={`shift/${id}`} low>
      <p class="service"><Icon name={service.icon} /><b>{service.name}</b></p>
      {!service.for_citizens && <p class="soft">{t.forAgency}</p>}
      {counts && <Stepper name="quantity" label={service.metric!.name} value={quantity} least={0} most={MOST_QUANTITY} />}
      <Stepper name="people" label={t.howMany} value={people} least={least} most={MOST_PEOPLE} />
      {service.for_citizens && <Circumstances />}
      <h2>{t.whatResult}</h2>
      <Results onPick={record} />
    </Frame>
  );
}

function Stepper({ name, label, value, least, most }: { name: string; label: string; value: number; least: number; most: number }) {
  const to = (next: number) => set({ alarm: "", draft: { ...s.draft, [name]: String(Math.min(most, Math.max(least, next || 0))) } });
  return (
    <div class="stepper">
      <label for={name}>{label}</label>
      <button type="button" aria-label={t.less(label)} onClick={() => to(value - 1)}>−</button>
      <input id={name} type="number" inputMode="numeric" min={least} max={most} value={value}
        onInput={(event) => { s.draft[name] = event.currentTarget.value; }}
        onChange={(event) => to(Number(event.currentTarget.value))} />
      <button type="button" aria-label={t.more("1", label)} onClick={() => to(value + 1)}>+</button>
      <div class="quick">
        {[5, 10, 20, 50].map((by) => (
          <button key={by} type="button" aria-label={t.more(number(by), label)} onClick={() => to(value + by)}>+{by}</button>
        ))}
      </div>
    </div>
  );
}


/** A group of citizens, or work for an agency that helps no single citizen. */
import { log } from "../actions";
import { s, screen, serviceOf, set } from "../state";
import { number, t } from "../text";
import type { Result } from "../wire";
import { Frame } from "./frame";
import { Circumstances, Results } from "./log";
import { Icon } from "./parts";

const MOST_PEOPLE = 500;
const MOST_QUANTITY = 100_000;

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


/** On the first screen, from the later part: plans of the days to come, and somebody else who is signed in. */
import type { Plan } from "../kit";
import { s } from "../state";
import { longDay, t } from "../text";
import { Button, Message } from "./parts";

export function Coming({ days }: { days: { day: string; plans: Plan[] }[] }) {
  if (!days.length) return null;
  return (
    <section>
      <h2>{t.comingDays}</h2>
      <ul class="list card">
        {days.flatMap(({ day, plans }) =>
          plans.map((plan) => (
            <li key={`${day} ${plan.team} ${plan.starts_at}`}>
              <div><b>{plan.point?.name ?? t.mobile}</b><small>{longDay(day)}, {plan.starts_at}–{plan.ends_at}</small></div>
            </li>
          )),
        )}
      </ul>
    </section>
  );
}

export function Visitor() {
  const { name } = s.visitor!;
  return (
    <Message level="warn" icon="user">
      <p>{t.otherText(name)}</p>
      <Button look="quiet" label={t.switchTo(name)} onClick={() => dispatchEvent(new Event("xks-switch"))} />
    </Message>
  );
}

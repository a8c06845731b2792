/** On the first screen, from the later part: other days, and what is in the way of sending. */
import { openShift } from "../actions";
import type { Plan } from "../kit";
import { go, place, s } from "../state";
import { longDay, number, t } from "../text";
import { unsent } from "./frame";
import { Button, Icon, Message } from "./parts";
import { ReturnedCards } from "./returned";

interface Day {
  day: string;
  plans: Plan[];
}

/** `days`: the newest first. */
export function Coming({ days, today }: { days: Day[]; today: string }) {
  const [ahead, past] = [days.filter(({ day }) => day > today).reverse(), days.filter(({ day }) => day < today)];
  return (
    <>
      {ahead.length > 0 && <h2>{t.comingDays}</h2>}
      {ahead.length > 0 && <ul class="list card">{ahead.flatMap((row) => row.plans.map((plan) => <Row day={row.day} plan={plan} />))}</ul>}
      {past.length > 0 && (
        <details class="more">
          <summary>{t.pastDays}</summary>
          <ul class="list card">{past.flatMap((row) => row.plans.map((plan) => <Row day={row.day} plan={plan} late />))}</ul>
        </details>
      )}
    </>
  );
}

/** What was written on paper is entered for its own day. */
function Row({ day, plan, late }: { day: string; plan: Plan; late?: boolean }) {
  const point = plan.point?.code ?? null;
  return (
    <li>
      <div><b>{plan.point?.name ?? t.mobile}</b><small>{longDay(day)}, {plan.starts_at}–{plan.ends_at}</small></div>
      {late && <Button look="quiet" icon="pencil" label={t.lateEntry} onClick={() => openShift(plan.team, point, day, plan.starts_at)} />}
    </li>
  );
}

const { userAgent, maxTouchPoints } = navigator;
// An iPad calls itself a Mac.
const isIos = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
const inAnotherApp = /Zalo|FBAN|FBAV|Instagram|Line\//.test(userAgent);
const isInstalled = (): boolean => matchMedia("(display-mode: standalone)").matches;

/** Where the browser would not keep what is unsent: said before the first sign-in, since each of these has a storage of
 * its own, and as long as there is something to lose. */
export function Hints({ always }: { always?: boolean }) {
  const isDue = always || !s.user || unsent() > 0;
  if (inAnotherApp) return <Message level="bad" icon="triangle-alert">{t.inApp}</Message>;
  return isIos && !isInstalled() && isDue ? <Message level="warn" icon="smartphone">{t.iosInstall}</Message> : null;
}

/** What was unsent of the card before, and goes on under this one: told until the app is opened anew. */
export const goesOn = { unsent: 0 };

/** Before all else on the first screen. */
export function Notices() {
  const { phase } = s.sync;
  return (
    <>
      {phase === "other_user" && s.visitor && <Visitor />}
      {phase === "auth" && <SignInAgain />}
      {goesOn.unsent > 0 && <Message level="ok" icon="cloud-upload">{t.goesOn(number(goesOn.unsent))}</Message>}
      <Hints />
      {s.counts.refused > 0 && <Problems />}
      <ReturnedCards />
    </>
  );
}

function Visitor() {
  const { name } = s.visitor!;
  return (
    <Message level="warn" icon="user">
      <p>{t.otherText(name)}</p>
      <Button look="quiet" label={t.switchTo(name)} onClick={() => dispatchEvent(new Event("xks-switch"))} />
    </Message>
  );
}

export function SignInAgain() {
  return (
    <Message level="warn" icon="key-round">
      <p>{t.authText}</p>
      <a class="button" href={place("login")}><Icon name="log-in" />{t.signIn}</a>
    </Message>
  );
}

export function Problems() {
  return (
    <Message level="bad" icon="circle-alert">
      <Button look="link" label={t.problems(number(s.counts.refused))} onClick={() => go("problems")} />
    </Message>
  );
}

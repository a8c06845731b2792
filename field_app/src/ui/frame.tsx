/** What stands around every screen: where one is, the pill with the state of sending, and the row for the thumb. */
import type { ComponentChildren } from "preact";
import { done, go, s } from "../state";
import { number, t, time } from "../text";
import { Icon, Message } from "./parts";

interface FrameProps {
  title: string;
  under?: string;
  /** The screen that the arrow leads to. */
  back?: string;
  actions?: ComponentChildren;
  /** The content stands at the bottom, where the thumb is. */
  low?: boolean;
  children: ComponentChildren;
}

export function Frame({ title, under, back, actions, low, children }: FrameProps) {
  return (
    <>
      <header class="bar">
        {back && (
          <button type="button" class="square" aria-label={t.back} onClick={() => done(back)}>
            <Icon name="arrow-left" />
          </button>
        )}
        <div class="where">
          <h1>{title}</h1>
          {under && <span>{under}</span>}
        </div>
        {s.user && <Pill />}
      </header>
      <main id="main" class={`wrap ${low ? "low" : ""}`}>
        {s.alarm && (
          <div role="alert">
            <Message level="bad" icon="triangle-alert">
              {s.alarm}
            </Message>
          </div>
        )}
        {children}
      </main>
      <div class="actions">{actions}</div>
      <p class="visually-hidden" role="status" aria-live="polite">
        {s.said}
      </p>
    </>
  );
}

/** Entries, photos and answers that the server has not yet given its word for. */
export const unsent = (): number =>
  s.counts.unsent + s.photos + s.answers.filter(({ state }) => state === "queued").length;

function Pill() {
  const { phase, last_receipt } = s.sync;
  const waiting = unsent();
  const { refused } = s.counts;
  const settled = refused ? t.toLookAt(number(refused)) : last_receipt ? t.allSent : t.readyToLog;
  const first = waiting ? t.unsent(number(waiting)) : settled;
  const receipt = last_receipt ? t.received(time(last_receipt)) : t.notYet;
  const trouble = phase === "auth" || phase === "denied" || phase === "other_user" || phase === "update";
  // Sending takes a second or less: a pill that flickers at each tap would say nothing.
  const second = phase === "waiting" || trouble ? (waiting || trouble ? t.phases[phase] : receipt) : receipt;
  const look = trouble || refused ? "bad" : waiting ? "waiting" : "";
  const icon = trouble || refused ? "triangle-alert" : !waiting ? "cloud-check" : phase === "waiting" ? "cloud-off" : "cloud-upload";
  return (
    <button type="button" class={`pill ${look}`} aria-label={t.syncOf(`${first}, ${second}`)} onClick={() => go("sync")}>
      <Icon name={icon} />
      <span>
        <b>{first}</b>
        <small>{second}</small>
      </span>
    </button>
  );
}

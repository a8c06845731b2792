/** Shifts that staff sent back: what they ask for, the way to correct it, and the leader's answer. */
import { waitingForLeader, type Answer } from "../answers";
import type { Returned } from "../kit";
import { answer, openReturned } from "../more_actions";
import { done, go, place, s, screen, set } from "../state";
import { shortDay, t, time } from "../text";
import { Closed, refusal, Summary } from "./close";
import { placeName, teamName } from "./day";
import { Frame } from "./frame";
import { Button, Empty, Icon, Message } from "./parts";

const waiting = (): Returned[] => waitingForLeader(s.kit?.returned ?? [], s.answers);

const answerTo = (id: string): Answer | undefined => s.answers.find(({ session }) => session === id);

const returnedOf = (id: string): Returned | undefined => waiting().find((each) => each.id === id);

/** On the first screen, before the plans: they wait for the leader. */
export function ReturnedCards() {
  return (
    <>
      {waiting().map((row) => (
        <article key={row.id} class="card left-open">
          <h3>{t.returnedOf(shortDay(row.day))} <span class="badge warn">{t.toSupplement}</span></h3>
          <p class="soft">{teamName(row.team)} · {placeName(row.point)}</p>
          <p>{row.reason}</p>
          {answerTo(row.id)?.state === "queued" && <Message icon="cloud-upload">{t.answerWaits}</Message>}
          <Button look="full" icon="pencil" label={t.lookAndAnswer} onClick={() => openReturned(row)} />
        </article>
      ))}
    </>
  );
}

/** A closed shift, which may have been sent back since. */
export function ClosedOrReturned() {
  return returnedOf(screen().id) ? <ReturnedScreen /> : <Closed />;
}

export function ReturnedScreen() {
  const { id } = screen();
  const row = returnedOf(id);
  if (!row) return <NotReturned said={answerTo(id)} />;
  const said = answerTo(id);
  // What was said to an earlier return and was not taken is not lost either.
  const kept = said?.state === "sent" ? undefined : said;
  const draft = `answer ${id}`;
  const text = (): string => s.draft[draft] ?? kept?.text ?? "";
  const send = () => {
    const words = text().trim();
    const problem = words ? refusal(words) : t.answerNeeded;
    if (!problem) return answer(row, words);
    set({ alarm: problem });
    scrollTo(0, 0); // where it is said
  };
  return (
    <Frame title={teamName(row.team)} under={`${shortDay(row.day)} · ${placeName(row.point)}`} back="day"
      actions={<Button look="full" icon="send" label={t.sendAnswer} onClick={send} />}>
      <h2>{t.returned}</h2>
      <Message level="warn" icon="undo-2"><b>{t.staffAsk}</b><p>{row.reason}</p><small>{time(row.returned_at)} · {shortDay(row.returned_at.slice(0, 10))}</small></Message>
      {kept?.state === "queued" && <Message level="ok" icon="cloud-upload">{t.answerWaits}</Message>}
      {kept?.state === "refused" && <Message level="bad" icon="circle-alert">{kept.error}</Message>}
      <Correct id={id} />
      <label class="row">
        {t.answer}
        <textarea rows={3} maxLength={500} aria-describedby="answer-hint" value={text()}
          onInput={(event) => { s.draft[draft] = event.currentTarget.value; if (s.alarm) set({ alarm: "" }); }} />
        <small id="answer-hint">{t.answerHint}</small>
      </label>
      {s.shift?.adopted ? <p class="soft">{t.onlyHere}</p> : s.shift && <Summary shift={s.shift} />}
    </Frame>
  );
}

/** It has been answered, by this phone or by another. */
function NotReturned({ said }: { said: Answer | undefined }) {
  return (
    <Frame title={t.returned} back="day"
      actions={<Button look="full" icon="arrow-left" label={t.backToDay} onClick={() => done("day")} />}>
      {said?.state === "sent" ? (
        <div class="closed"><Icon name="badge-check" /><h2>{t.answerSent}</h2></div>
      ) : (
        <Empty icon="circle-check" title={t.notReturned}>{said?.state === "refused" && <p>{said.error}</p>}</Empty>
      )}
      {said && <div class="card"><h3>{t.yourAnswer}</h3><p>{said.text}</p></div>}
    </Frame>
  );
}

/** Logged and taken back as during the shift. */
function Correct({ id }: { id: string }) {
  return (
    <>
      <Button look="quiet full" icon="plus" label={t.logMore} onClick={() => go(`more/${id}`)} />
      <div class="pair">
        <Button look="quiet" icon="list-checks" label={t.tabs.list} onClick={() => go(`list/${id}`)} />
        <Button look="quiet" icon="user-check" label={t.tabs.present} onClick={() => go(`present/${id}`)} />
      </div>
      <p class="links"><a href={`${place("web")}ca/${id}/luot/`}><Icon name="globe" />{t.allLines}</a></p>
    </>
  );
}

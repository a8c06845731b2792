/** Entries with what became of each; notes and photos; what the server would not have. */
import { undo } from "../actions";
import { titleOf } from "../kit";
import { addPhoto, drop, logAnew, saveNote, sendAgain } from "../more_actions";
import { MOST_PHOTOS } from "../photos";
import { isLate } from "../queue";
import { s, screen, set } from "../state";
import type { Op } from "../store";
import { number, t, time } from "../text";
import { Note, refusal } from "./close";
import { Frame } from "./frame";
import { Button, Empty, Icon, Message } from "./parts";

const LOOKS = { queued: "warn", held: "warn", stored: "ok", conflict: "bad", rejected: "bad", dropped: "", voided: "", late: "warn" } as const;

export function List() {
  const { id } = screen();
  const voided = new Set(s.entries.map((op) => (op.item.type === "void" ? op.item.target : "")));
  const lines = s.entries.filter((op) => op.kind === "log" && op.user === s.user).sort((a, b) => b.seq - a.seq);
  return (
    <Frame title={t.list} back={`shift/${id}`}>
      {lines.length ? (
        <ul class="list card" data-lines={lines.length}>
          {lines.map((op) => <Entry key={op.seq} op={op} voided={voided.has(op.id)} />)}
        </ul>
      ) : (
        <Empty icon="list-checks" title={t.listEmpty} />
      )}
    </Frame>
  );
}

function Entry({ op, voided }: { op: Op; voided: boolean }) {
  if (op.item.type !== "log") return null;
  const { result, people, happened_at, same_visit } = op.item;
  const state = voided ? "voided" : isLate(op) ? "late" : op.state;
  const details = [time(happened_at), t.results[result], people === 1 ? "" : t.people(number(people)), same_visit ? t.sameCitizenLong : ""];
  return (
    <li class={voided ? "voided" : ""}>
      <div>
        <b>{titleOf(s.kit, op.item)}</b>
        <small>{details.filter(Boolean).join(" · ")}</small>
        <span class={`badge ${LOOKS[state]}`}>{t.states[state]}</span>
      </div>
      {!voided && op.state !== "conflict" && op.state !== "rejected" && (
        <Button look="quiet" icon="undo-2" label={t.undo} onClick={() => undo(op.id)} />
      )}
    </li>
  );
}

export function Notes() {
  const { id } = screen();
  const shift = s.shift;
  if (!shift) return <Frame title={t.notes} back={`shift/${id}`}>{null}</Frame>;
  const save = () => {
    const note = (s.draft.note ?? shift.note).trim();
    const problem = refusal(note);
    return problem ? set({ alarm: problem }) : saveNote(note);
  };
  return (
    <Frame title={t.notes} back={`shift/${id}`} actions={<Button look="full" icon="check" label={t.saveNote} onClick={save} />}>
      <Note shift={shift} />
      <Photos left={MOST_PHOTOS - s.pictures.length} />
    </Frame>
  );
}

function Photos({ left }: { left: number }) {
  return (
    <section>
      <h2>{t.photos}</h2>
      <Message level="warn" icon="camera">{t.photoHint}</Message>
      {s.pictures.length > 0 && (
        <ul class="list card">
          {s.pictures.map((photo) => (
            <li key={photo.id}>
              <div><b>{time(photo.made_at)}</b>{photo.error && <small>{photo.error}</small>}</div>
              <span class={`badge ${LOOKS[photo.state]}`}>{t.states[photo.state]}</span>
            </li>
          ))}
        </ul>
      )}
      {left > 0 && (
        <label class="button quiet full">
          <Icon name="camera" />
          <span>{t.takePhoto} · {t.photosLeft(number(left))}</span>
          <input class="visually-hidden" type="file" accept="image/*" capture="environment"
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? [];
              event.currentTarget.value = "";
              if (file) void addPhoto(file);
            }} />
        </label>
      )}
    </section>
  );
}

export function Problems() {
  return (
    <Frame title={t.problemsTitle} back="day">
      {s.problems.length ? <p class="soft">{t.problemsHint}</p> : <Empty icon="circle-check" title={t.problemsNone} />}
      {s.problems.map((op) => <Problem key={op.seq} op={op} />)}
    </Frame>
  );
}

/** The server's words, and the ways out. */
function Problem({ op }: { op: Op }) {
  const sure = s.draft.drop === String(op.seq);
  const reasons = op.errors.map(({ detail, code }) => detail || code).filter(Boolean);
  return (
    <article class="card">
      <h2>{t.kinds[op.kind]} · {titleOf(s.kit, op.item)}</h2>
      <p><span class="badge bad">{t.states[op.state]}</span> <small>{time(op.made_at)}</small></p>
      <ul>{(reasons.length ? reasons : [t.noReason]).map((reason) => <li key={reason}>{reason}</li>)}</ul>
      {op.state === "rejected" && <Button look="full" icon="send" label={t.sendAgain} onClick={() => sendAgain(op.seq)} />}
      {(op.kind === "log" || op.kind === "attendance") && (
        <Button look="quiet full" icon="plus" label={t.logAnew} onClick={() => logAnew(op.seq)} />
      )}
      <Button look={sure ? "danger full" : "link"} icon="trash-2" label={sure ? t.dropSure : t.drop}
        onClick={() => {
          if (!sure) return set({ draft: { drop: String(op.seq) } });
          s.draft = {};
          return drop(op.seq);
        }} />
    </article>
  );
}

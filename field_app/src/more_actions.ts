/** What the leader does on the later screens. */
import { changed, durably, refresh, say } from "./actions";
import { keepAnswer } from "./answers";
import { uuid7 } from "./ids";
import { planOf, type Returned } from "./kit";
import { keepPhoto, shrink } from "./photos";
import * as queue from "./queue";
import { done, go, one, owner, s, screen, set } from "./state";
import { read, type Shift } from "./store";
import { t } from "./text";

export async function togglePresent(codes: string[], present: boolean): Promise<void> {
  const shift = s.shift;
  if (!shift) return;
  for (const volunteer of codes) {
    const mark = shift.present[volunteer];
    if (present === Boolean(mark)) continue;
    const stored = await durably(() =>
      mark
        ? queue.undo(one.db, owner(), mark, t.undoReason)
        : queue.record(one.db, owner(), { type: "attendance", id: uuid7(), session: shift.id, volunteer, minutes: null }),
    );
    if (!stored) break;
  }
  navigator.vibrate?.(12);
  await refresh();
  changed();
}

export async function saveNote(note: string): Promise<boolean> {
  const { id } = screen();
  if (!(await durably(() => queue.changeShift(one.db, owner(), id, { note })))) return false;
  s.draft = {};
  say(t.noteSaved);
  await refresh();
  changed();
  return true;
}

export async function closeShift(note: string, until: string | null): Promise<void> {
  const shift = s.shift!;
  const ended_at = until ? `${shift.day}T${until}:00.000+07:00` : one.clock.iso();
  if (Date.parse(ended_at) < Date.parse(shift.started_at)) return set({ alarm: t.endsTooEarly });
  if (!(await durably(() => queue.changeShift(one.db, owner(), shift.id, { ended_at, note })))) return;
  navigator.vibrate?.([12, 60, 12]);
  s.draft = {};
  s.said = t.closedThanks;
  done(`shift/${shift.id}`);
  changed();
}

/** A shift of another day is closed at an hour that the leader gives; this is the first offer. */
export function plannedEnd(shift: Shift): string {
  const plan = s.kit ? planOf(s.kit, shift) : undefined;
  const later = new Date(Date.parse(shift.started_at) + 11 * 3600_000).toISOString().slice(11, 16);
  return plan?.ends_at ?? (later > shift.started_at.slice(11, 16) ? later : "23:59");
}

export async function addPhoto(file: Blob): Promise<void> {
  try {
    await keepPhoto(one.db, s.user!, screen().id, await shrink(file));
    say(t.photoKept);
  } catch (error) {
    console.warn(error);
    set({ alarm: t.photoFailed });
  }
  await refresh();
  changed();
}

// --- what staff sent back -------------------------------------------------------------------------------------------
/** Also on a phone that has forgotten the shift, or never knew it. */
export async function openReturned({ reason, returned_at, ...item }: Returned): Promise<void> {
  if (await durably(() => queue.adoptShift(one.db, owner(), { type: "session", ...item }))) go(`returned/${item.id}`);
}

export async function answer({ id, returned_at }: Returned, text: string): Promise<void> {
  const said = { session: id, returned_at, text, state: "queued" as const, error: "" };
  if (!(await durably(() => keepAnswer(one.db, s.user!, said)))) return;
  navigator.vibrate?.(12);
  s.draft = {};
  s.said = t.answerKept;
  done(`returned/${id}`);
  changed();
}

// --- what the server would not have ------------------------------------------------------------------------------------
export async function sendAgain(seq: number): Promise<void> {
  await queue.retry(one.db, seq);
  await refresh();
  changed();
}

export async function logAnew(seq: number): Promise<void> {
  if (!(await durably(() => queue.anew(one.db, seq)))) return;
  await refresh();
  changed();
}

export async function drop(seq: number): Promise<void> {
  await queue.drop(one.db, seq);
  await refresh();
}

export async function sendNow(): Promise<void> {
  if (s.user) await queue.release(one.db, s.user);
  await one.runner!.kick(true);
  await refresh();
}

export async function readOthers(): Promise<void> {
  const [found, names] = [await queue.unsentOfOthers(one.db, s.user ?? ""), await read<Record<string, string>>(one.db, "users")];
  set({ others: [...found].map(([user, unsent]) => ({ name: names?.[user] ?? t.someone, unsent })) });
}

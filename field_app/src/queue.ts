/** The queue: what was done on this phone and what became of it. Each function is one durable transaction.
 *
 * queued → stored | conflict | rejected | held. There is no "sending": a killed tab would strand it. A row leaves only
 * when it was stored a week ago and the ledgers have agreed, when a never-sent entry is undone, or by the user's word.
 */
import { uuid7 } from "./ids";
import type { Database, Line, Op, OpState, Shift } from "./store";
import type { AttendanceItem, Item, ItemError, ItemResult, LogItem, SessionItem, VoidItem } from "./wire";

export const BATCH = 50;
export const KEPT_FOR = 7 * 24 * 3600_000;
const LAST_LINES = 30;
const UNSENT: OpState[] = ["queued", "held"];
const REFUSED: OpState[] = ["conflict", "rejected"];

export interface Owner {
  user: string;
  device: string;
}

/** Whether the server has given its word, and on what. */
export interface Counts {
  unsent: number;
  held: number;
  refused: number;
}

// --- writing ---------------------------------------------------------------------------------------------------------
export async function openShift(db: Database, owner: Owner, item: SessionItem): Promise<void> {
  const tx = writing(db);
  await tx.objectStore("shifts").put(shiftOf(owner, item));
  await tx.objectStore("ops").add(opOf(owner, item, item.id, item.day));
  await tx.done;
}

/** A shift that another phone of the team has opened: shown here, and logged into, without an entry of its own. */
export async function adoptShift(db: Database, owner: Owner, item: SessionItem): Promise<void> {
  const tx = writing(db);
  if (!(await tx.objectStore("shifts").get(item.id))) await tx.objectStore("shifts").put(shiftOf(owner, item));
  await tx.done;
}

export async function record(db: Database, owner: Owner, item: LogItem | AttendanceItem): Promise<void> {
  const tx = writing(db);
  const shift = await need(tx, item.session);
  apply(shift, item, 1);
  await tx.objectStore("shifts").put(shift);
  await tx.objectStore("ops").add(opOf(owner, item, shift.id, shift.day));
  await tx.done;
}

/** Closes, or corrects what was closed: the session again under its own id. */
export async function changeShift(
  db: Database,
  owner: Owner,
  id: string,
  change: { ended_at?: string | null; note?: string },
): Promise<void> {
  const tx = writing(db);
  const shift = await need(tx, id);
  Object.assign(shift, change);
  await tx.objectStore("shifts").put(shift);
  const item = sessionItem(shift);
  const ops = tx.objectStore("ops");
  const waiting = (await ops.index("by_id").getAll(id)).find((op) => isUntouched(op) && op.kind === "session");
  if (waiting) await ops.put({ ...waiting, item });
  else await ops.add(opOf(owner, item, id, shift.day));
  await tx.done;
}

/** Takes back a line or a tick, with the further services of the same visit. Returns the ids that are gone. */
export async function undo(db: Database, owner: Owner, target: string, reason: string): Promise<string[]> {
  const tx = writing(db);
  const ops = tx.objectStore("ops");
  const first = (await ops.index("by_id").getAll(target)).find((op) => op.kind !== "void");
  if (!first || first.user !== owner.user) {
    await tx.done;
    return [];
  }
  const shift = await need(tx, first.session);
  const all = await ops.index("by_session").getAll(first.session);
  const voided = new Set(all.map((op) => (op.item.type === "void" ? op.item.target : "")));
  const gone = [first, ...followers(all, first)].filter((op) => !voided.has(op.id));
  for (const op of gone) {
    if (isCounted(op)) apply(shift, op.item as LogItem | AttendanceItem, -1);
    if (isUntouched(op)) await ops.delete(op.seq);
    else await ops.add(opOf(owner, voidItem(op.id, reason), shift.id, shift.day));
  }
  await tx.objectStore("shifts").put(shift);
  await tx.done;
  return gone.map((op) => op.id);
}

/** The further services of the citizen of `first`: they would count nobody without it. */
function followers(all: Op[], first: Op): Op[] {
  if (first.item.type !== "log" || first.item.same_visit) return [];
  const later = all.filter((op) => op.kind === "log" && op.seq > first.seq).sort((a, b) => a.seq - b.seq);
  const next = later.findIndex((op) => !(op.item as LogItem).same_visit);
  return next < 0 ? later : later.slice(0, next);
}

// --- sending ---------------------------------------------------------------------------------------------------------
/** The next entries to send, in the order of events; each try is counted before the server could see it. */
export async function take(db: Database, user: string, limit = BATCH): Promise<Op[]> {
  const tx = writing(db);
  const ops = tx.objectStore("ops");
  const batch: Op[] = [];
  const ids = new Set<string>();
  for (const op of await ops.index("by_state").getAll([user, "queued"], limit * 2)) {
    // A session and its close have one id: the close goes with the next batch.
    if (ids.has(op.id) || batch.length >= limit) continue;
    ids.add(op.id);
    batch.push({ ...op, tries: op.tries + 1 });
  }
  await Promise.all(batch.map((op) => ops.put(op)));
  await tx.done;
  return batch;
}

/** What the server said, entry by entry. Returns how many are settled; those it was silent on stay queued. */
export async function settle(
  db: Database,
  sent: Op[],
  results: ItemResult[],
  digests: string[],
  now: number,
): Promise<number> {
  const tx = writing(db);
  let settled = 0;
  for (const [place, before] of sent.entries()) {
    const result = results[place];
    if (result?.id !== before.id) continue;
    const op = await tx.objectStore("ops").get(before.seq);
    if (op?.state !== "queued") continue;
    const state = outcome(op, result, digests[place]!);
    if (REFUSED.includes(state)) await uncount(tx, op);
    await tx.objectStore("ops").put({
      ...op,
      state,
      digest: result.digest,
      errors: result.errors,
      settled_at: now,
    });
    settled += 1;
  }
  await tx.done;
  return settled;
}

function outcome(op: Op, result: ItemResult, digest: string): OpState {
  if (result.status === "rejected" || result.status === "conflict") return result.status;
  // "Stored" is believed for the content that was sent. An older version of a session is answered with the later one.
  return result.digest === digest || op.kind === "session" ? "stored" : "conflict";
}

/** Sets aside what fails again and again, so that the others get through. */
export async function hold(db: Database, op: Op, error: ItemError): Promise<void> {
  await change(db, op.seq, (found) => ({ ...found, state: "held", errors: [error] }));
}

/** "Gửi lại", and once after every update of the app. */
export async function release(db: Database, user: string): Promise<void> {
  const tx = writing(db);
  const ops = tx.objectStore("ops");
  for (const op of await ops.index("by_state").getAll([user, "held"])) await ops.put({ ...op, state: "queued" });
  await tx.done;
}

/** Sends a refused entry once more, as it is or mended. */
export async function retry(db: Database, seq: number, mended?: Item): Promise<void> {
  const tx = writing(db);
  const op = await tx.objectStore("ops").get(seq);
  if (op && REFUSED.includes(op.state)) {
    const item = mended ?? op.item;
    const next: Op = { ...op, item, id: item.id, state: "queued", errors: [], tries: op.tries };
    await tx.objectStore("ops").put(next);
    if (item.type === "log" || item.type === "attendance") {
      const shift = await need(tx, op.session);
      apply(shift, item, 1);
      await tx.objectStore("shifts").put(shift);
    }
  }
  await tx.done;
}

/** The user's explicit act: gives up an entry that the server will not have. */
export async function drop(db: Database, seq: number): Promise<void> {
  const tx = writing(db);
  const op = await tx.objectStore("ops").get(seq);
  if (op && REFUSED.includes(op.state)) await tx.objectStore("ops").delete(seq);
  await tx.done;
}

/** Sends again what the server turned out not to hold. */
export async function requeue(db: Database, seqs: number[]): Promise<void> {
  const tx = writing(db);
  const ops = tx.objectStore("ops");
  for (const seq of seqs) {
    const op = await ops.get(seq);
    if (op?.state === "stored") await ops.put({ ...op, state: "queued" });
  }
  await tx.done;
}

/** Forgets what was stored over a week ago on days whose ledgers have agreed. */
export async function purge(db: Database, user: string, agreed: Set<string>, now: number): Promise<number> {
  const tx = writing(db);
  const ops = tx.objectStore("ops");
  let gone = 0;
  for (const op of await ops.index("by_state").getAll([user, "stored"])) {
    if (!agreed.has(op.day) || now - (op.settled_at ?? now) < KEPT_FOR) continue;
    await ops.delete(op.seq);
    gone += 1;
  }
  await tx.done;
  return gone;
}

// --- reading ---------------------------------------------------------------------------------------------------------
export async function counts(db: Database, user: string): Promise<Counts> {
  const index = db.transaction("ops").store.index("by_state");
  const [queued, held, conflict, rejected] = await Promise.all(
    (["queued", "held", "conflict", "rejected"] as OpState[]).map((state) => index.count([user, state])),
  );
  return { unsent: queued! + held!, held: held!, refused: conflict! + rejected! };
}

export async function refused(db: Database, user: string): Promise<Op[]> {
  const found = await Promise.all(REFUSED.map((state) => db.getAllFromIndex("ops", "by_state", [user, state])));
  return found.flat().sort((a, b) => a.seq - b.seq);
}

/** Entries of others on this phone: user → how many are unsent. They are never shown and never sent. */
export async function unsentOfOthers(db: Database, user: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const op of await db.getAll("ops"))
    if (op.user !== user && UNSENT.includes(op.state)) found.set(op.user, (found.get(op.user) ?? 0) + 1);
  return found;
}

export async function shiftsOf(db: Database, user: string, day: string): Promise<Shift[]> {
  const found = await db.getAllFromIndex("shifts", "by_day", [user, day]);
  return found.sort((a, b) => (a.started_at < b.started_at ? -1 : 1));
}

export function sessionItem(shift: Shift): SessionItem {
  const { id, team, day, point, started_at, ended_at, note } = shift;
  return { type: "session", id, team, day, point, started_at, ended_at, note };
}

// --- parts -----------------------------------------------------------------------------------------------------------
function writing(db: Database) {
  // Chrome's default says "done" before the disk has it.
  return db.transaction(["ops", "shifts"], "readwrite", { durability: "strict" });
}

type Writing = ReturnType<typeof writing>;

async function need(tx: Writing, id: string): Promise<Shift> {
  const shift = await tx.objectStore("shifts").get(id);
  if (shift) return shift;
  tx.abort();
  throw new Error(`no shift ${id}`);
}

async function change(db: Database, seq: number, how: (op: Op) => Op): Promise<void> {
  const tx = writing(db);
  const op = await tx.objectStore("ops").get(seq);
  if (op) await tx.objectStore("ops").put(how(op));
  await tx.done;
}

async function uncount(tx: Writing, op: Op): Promise<void> {
  if (op.item.type !== "log" && op.item.type !== "attendance") return;
  const shift = await tx.objectStore("shifts").get(op.session);
  if (!shift) return;
  apply(shift, op.item, -1);
  await tx.objectStore("shifts").put(shift);
}

const isUntouched = (op: Op): boolean => op.state === "queued" && op.tries === 0;
const isCounted = (op: Op): boolean => !REFUSED.includes(op.state);

function opOf(owner: Owner, item: Item, session: string, day: string): Op {
  const op: Omit<Op, "seq"> = {
    id: item.id,
    user: owner.user,
    device: owner.device,
    kind: item.type,
    item,
    session,
    day,
    state: "queued",
    tries: 0,
    errors: [],
    digest: null,
    made_at: Date.now(),
    settled_at: null,
  };
  // The key is given by the database.
  return op as Op;
}

function shiftOf(owner: Owner, item: SessionItem): Shift {
  const { id, team, day, point, started_at, ended_at, note } = item;
  const empty = { people: 0, turns: 0, by_service: {}, by_hour: {}, present: {}, last: [] };
  return { id, user: owner.user, team, day, point, started_at, ended_at, note, ...empty };
}

function voidItem(target: string, reason: string): VoidItem {
  return { type: "void", id: uuid7(), target, reason };
}

/** Counts an item into the shift (sign 1) or out of it (sign -1). */
export function apply(shift: Shift, item: LogItem | AttendanceItem, sign: 1 | -1): void {
  if (item.type === "attendance") {
    if (sign > 0) shift.present[item.volunteer] = item.id;
    else if (shift.present[item.volunteer] === item.id) delete shift.present[item.volunteer];
    return;
  }
  shift.people += sign * (item.same_visit ? 0 : item.people);
  shift.turns += sign * item.people;
  add(shift.by_service, item.service, sign * item.people);
  add(shift.by_hour, String(new Date(Date.parse(item.happened_at) + 7 * 3600_000).getUTCHours()), sign * item.people);
  if (sign > 0) shift.last = [lineOf(item), ...shift.last].slice(0, LAST_LINES);
  else shift.last = shift.last.filter((line) => line.id !== item.id);
}

function add(counts: Record<string, number>, key: string, amount: number): void {
  counts[key] = (counts[key] ?? 0) + amount;
  if (counts[key] === 0) delete counts[key];
}

function lineOf(item: LogItem): Line {
  const { id, service, result, people, same_visit, happened_at } = item;
  return { id, service, result, people, same_visit, at: happened_at };
}

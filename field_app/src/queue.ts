/** The queue: what was done on this phone and what became of it. Each function is one durable transaction.
 *
 * queued → stored | conflict | rejected | held. There is no "sending": a killed tab would strand it. A row leaves only
 * when it was stored a week ago and the ledgers have agreed, when a never-sent entry is undone, or by the user's word.
 */
import { counting, isCountable, newShift, sessionItem } from "./figures";
import { uuid7 } from "./ids";
import { durably, type Database, type Op, type OpState, type Shift, type Writing } from "./store";
import type { AttendanceItem, Item, LogItem, SessionItem } from "./wire";

export const UNSENT: OpState[] = ["queued", "held"];
export const REFUSED: OpState[] = ["conflict", "rejected"];

export interface Owner {
  user: string;
  device: string;
  /** The clock's correction at this moment. */
  offset?: number;
}

export interface Counts {
  unsent: number;
  held: number;
  refused: number;
}

// --- writing ---------------------------------------------------------------------------------------------------------
export function openShift(db: Database, owner: Owner, item: SessionItem): Promise<void> {
  return durably(db, async (tx) => {
    if (await tx.objectStore("shifts").get([owner.user, item.id])) return;
    await tx.objectStore("shifts").put(newShift(owner.user, item));
    await tx.objectStore("ops").add(opOf(owner, item, item.id, item.day));
  });
}

/** A shift that another phone of the team has opened: shown here, and logged into, without an entry of its own. */
export function adoptShift(db: Database, owner: Owner, item: SessionItem): Promise<void> {
  return durably(db, async (tx) => {
    const shifts = tx.objectStore("shifts");
    if (!(await shifts.get([owner.user, item.id]))) await shifts.put(newShift(owner.user, item, true));
  });
}

/** Asked for twice with one item (a screen that was not sure), it is recorded once. */
export function record(db: Database, owner: Owner, item: LogItem | AttendanceItem): Promise<void> {
  return durably(db, async (tx) => {
    if ((await tx.objectStore("ops").index("by_id").getKey(item.id)) !== undefined) return;
    const shift = await need(tx, owner.user, item.session);
    await tx.objectStore("ops").add(await counting(tx, opOf(owner, item, shift.id, shift.day), true));
  });
}

export interface ShiftChange {
  ended_at?: string | null;
  note?: string;
}

/** Closes, or corrects what was closed: the session again under its own id.
 *
 * The server takes a version with a later end, and nothing else: a note on an open shift waits for the close, and a
 * correction of a closed one ends later, if by a millisecond.
 */
export function changeShift(db: Database, owner: Owner, id: string, change: ShiftChange): Promise<void> {
  return durably(db, async (tx) => {
    const shift = await need(tx, owner.user, id);
    const ops = (await tx.objectStore("ops").index("by_id").getAll(id)).filter((op) => op.user === owner.user);
    const refused = ops.filter((op) => op.state === "rejected");
    const free = ops.find(isUntouched) ?? refused[0];
    const known = ops.filter((op) => !isUntouched(op) && op.state !== "rejected");
    Object.assign(shift, change);
    const isThere = known.length > 0 || shift.adopted;
    if (isThere) shift.ended_at = laterThan(known, shift.ended_at);
    await tx.objectStore("shifts").put(shift);
    // What was refused is in the new version, mended or not.
    for (const op of refused) if (op !== free) await tx.objectStore("ops").delete(op.seq);
    if (shift.ended_at === null && isThere) {
      if (free) await tx.objectStore("ops").delete(free.seq); // a close that was never sent
      return;
    }
    const version = opOf(owner, sessionItem(shift), id, shift.day);
    if (!free) await tx.objectStore("ops").add(version);
    else if (isThere) await tx.objectStore("ops").put({ ...version, seq: free.seq, tries: free.tries });
    // Still the opening: its times are of the clock when it was made.
    else await tx.objectStore("ops").put({ ...free, item: version.item, state: "queued", errors: [] });
  });
}

function laterThan(versions: Op[], end: string | null): string | null {
  const times = versions.map((op) => Date.parse((op.item as SessionItem).ended_at ?? ""));
  const ends = times.filter((at) => !Number.isNaN(at));
  if (!ends.length) return end;
  const last = Math.max(...ends);
  return end !== null && Date.parse(end) > last ? end : new Date(last + 1).toISOString();
}

/** Takes back a line or a tick, with the further services of the same visit. Returns the ids that are gone. */
export function undo(db: Database, owner: Owner, target: string, reason: string): Promise<string[]> {
  return durably(db, async (tx) => {
    const ops = tx.objectStore("ops");
    const first = (await ops.index("by_id").getAll(target)).find((op) => op.user === owner.user && op.counted);
    if (!first) return [];
    const all = (await ops.index("by_session").getAll(first.session)).filter((op) => op.user === owner.user);
    const gone = [first, ...followers(all, first)];
    for (const op of gone) await takeBack(tx, owner, op, reason);
    return gone.map((op) => op.id);
  });
}

async function takeBack(tx: Writing, owner: Owner, op: Op, reason: string): Promise<void> {
  if (REFUSED.includes(op.state)) return letGo(tx, op);
  const out = await counting(tx, op, false);
  if (isUntouched(op)) return tx.objectStore("ops").delete(op.seq);
  await tx.objectStore("ops").put(out);
  const item: Item = { type: "void", id: uuid7(), target: op.id, reason };
  await tx.objectStore("ops").add(opOf({ ...owner, device: op.device }, item, op.session, op.day));
}

/** The further services of the citizen of `first`: they would count nobody without it. */
function followers(all: Op[], first: Op): Op[] {
  if (first.item.type !== "log" || first.item.same_visit) return [];
  const standing = all.filter((op) => op.kind === "log" && (op.counted || REFUSED.includes(op.state)));
  const later = standing.filter((op) => op.seq > first.seq).sort((a, b) => a.seq - b.seq);
  const next = later.findIndex((op) => !(op.item as LogItem).same_visit);
  return next < 0 ? later : later.slice(0, next);
}

// --- what did not go through -----------------------------------------------------------------------------------------
/** "Gửi lại", and once after every update of the app. */
export function release(db: Database, user: string): Promise<void> {
  return durably(db, async (tx) => {
    const ops = tx.objectStore("ops");
    for (const op of await ops.index("by_state").getAll([user, "held"])) await ops.put({ ...op, state: "queued" });
  });
}

/** Sends a refused entry once more, as it is or mended; under another id it is a new entry. */
export function retry(db: Database, seq: number, mended?: Item): Promise<void> {
  return durably(db, async (tx) => {
    const op = await tx.objectStore("ops").get(seq);
    if (op && REFUSED.includes(op.state)) await sendAgain(tx, op, mended ?? op.item);
  });
}

/** The same once more under an id of its own: the way out of a conflict. */
export function anew(db: Database, seq: number): Promise<void> {
  return durably(db, async (tx) => {
    const op = await tx.objectStore("ops").get(seq);
    if (op && REFUSED.includes(op.state) && op.kind !== "session") await sendAgain(tx, op, { ...op.item, id: uuid7() });
  });
}

async function sendAgain(tx: Writing, op: Op, item: Item): Promise<void> {
  const ops = tx.objectStore("ops");
  // Ticked once more since: the server takes nobody's second tick.
  const shift = await tx.objectStore("shifts").get([op.user, op.session]);
  if (item.type === "attendance" && shift?.present[item.volunteer]) return letGo(tx, op);
  if (item.id !== op.id) {
    await letGo(tx, op);
    await ops.add(await counting(tx, opOf({ ...op }, item, op.session, op.day), true));
  } else {
    await ops.put(await counting(tx, { ...op, item, state: "queued", errors: [] }, true));
  }
  if (item.type === "void")
    for (const target of await targets(tx, op, item.target)) await ops.put(await counting(tx, target, false));
  if (item.type === "session" && shift)
    await tx.objectStore("shifts").put({ ...shift, note: item.note, ended_at: item.ended_at });
}

/** The entries of `voiding`'s user under the id that it takes back. */
export async function targets(tx: Writing, voiding: Op, id: string): Promise<Op[]> {
  return (await tx.objectStore("ops").index("by_id").getAll(id)).filter((op) => op.user === voiding.user);
}

/** The user's explicit act: gives up an entry that the server will not have. */
export function drop(db: Database, seq: number): Promise<void> {
  return durably(db, async (tx) => {
    const op = await tx.objectStore("ops").get(seq);
    if (!op || !REFUSED.includes(op.state)) return;
    await letGo(tx, op);
    if (op.kind === "session" && op.state === "rejected") await asBefore(tx, op);
  });
}

/** A version given up did not happen: the shift is as the last one says, else open, and gone if it holds nothing. */
async function asBefore(tx: Writing, { user, session }: Op): Promise<void> {
  const shifts = tx.objectStore("shifts");
  const left = (await tx.objectStore("ops").index("by_session").getAll(session)).filter((op) => op.user === user);
  const shift = await shifts.get([user, session]);
  if (!shift) return;
  if (!left.length && !shift.adopted) return shifts.delete([user, session]);
  const last = left.filter((op) => op.kind === "session").at(-1)?.item as SessionItem | undefined;
  await shifts.put({ ...shift, ended_at: last?.ended_at ?? null, note: last?.note ?? "" });
}

export async function letGo(tx: Writing, op: Op): Promise<void> {
  if (op.state === "conflict") await tx.objectStore("ops").put({ ...op, state: "dropped" });
  else await tx.objectStore("ops").delete(op.seq);
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
  const index = db.transaction("ops").store.index("by_state");
  // From one (user, state) to the next: a full phone has thousands of entries, and a handful of these.
  for (let cursor = await index.openKeyCursor(null, "nextunique"); cursor; cursor = await cursor.continue()) {
    const [owner, state] = cursor.key;
    if (owner === user || !UNSENT.includes(state)) continue;
    found.set(owner, (found.get(owner) ?? 0) + (await index.count(cursor.key)));
  }
  return found;
}

export async function shiftsOf(db: Database, user: string, day: string): Promise<Shift[]> {
  const found = await db.getAllFromIndex("shifts", "by_day", [user, day]);
  return found.sort((a, b) => (a.started_at < b.started_at ? -1 : 1));
}

export function shiftOf(db: Database, user: string, id: string): Promise<Shift | undefined> {
  return db.get("shifts", [user, id]);
}

// --- parts -----------------------------------------------------------------------------------------------------------
async function need(tx: Writing, user: string, id: string): Promise<Shift> {
  const shift = await tx.objectStore("shifts").get([user, id]);
  if (shift) return shift;
  throw new Error(`no shift ${id}`);
}

/** The portal holds it, and counts it once staff say so. */
export const isLate = (op: Op): boolean => op.state === "stored" && op.late === true;
export const isUntouched = (op: Op): boolean => op.state === "queued" && op.tries === 0;

export function opOf(owner: Owner, item: Item, session: string, day: string): Op {
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
    offset: owner.offset ?? 0,
    counted: false,
    settled_at: null,
  };
  // The key is given by the database.
  return op as Op;
}

export { isCountable, sessionItem };

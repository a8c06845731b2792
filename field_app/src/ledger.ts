/** Reconciliation: what this phone holds as acknowledged against what the server holds from it, day by day. */
import { inVietnam } from "./clock";
import { KEPT_FOR, purge, requeue } from "./outbox";
import { shiftsOf, type Owner } from "./queue";
import { read, write, type Database, type Op } from "./store";
import { digestOf, digestOfLedger, type Ledger } from "./wire";

export interface Agreement {
  day: string;
  mine: number;
  servers: number;
  agrees: boolean;
  /** On the phone's own clock, as all times here. */
  at: number;
  /** When all of the day was sent again to mend a difference. */
  resent_at: number | null;
  /** The entries are forgotten: there is nothing to compare with any more. */
  closed?: boolean;
}

export type Ask = (device: string, day: string) => Promise<Ledger | null>;

const DAILY = 24 * 3600_000;
const HOURLY = 3600_000;
const keyOf = (user: string): string => `agreements:${user}`;

export async function agreements(db: Database, user: string): Promise<Record<string, Agreement>> {
  return (await read<Record<string, Agreement>>(db, keyOf(user))) ?? {};
}

/** What the server should hold of a day under this device: one digest an id, the later version of a session. One that was
 * opened elsewhere, or here under the card before, stands under that device, whoever has closed it. */
export async function ownLedger(db: Database, user: string, device: string, day: string) {
  const adopted = (await shiftsOf(db, user, day)).filter((shift) => shift.adopted);
  const all = await db.getAllFromIndex("ops", "by_day", [user, day]);
  const elsewhere = new Set([...adopted, ...all.filter((op) => op.kind === "session" && op.device !== device)].map(({ id }) => id));
  const latest = new Map<string, Op>();
  for (const op of all) {
    if (op.device !== device || (op.kind === "session" && elsewhere.has(op.id))) continue;
    if (op.state === "stored" || op.state === "dropped" || op.state === "conflict") latest.set(op.id, op);
  }
  const ops = [...latest.values()];
  const pairs = await Promise.all(ops.map(async (op) => [op.id, await digest(op)] as const));
  return { ops, count: ops.length, digest: await digestOfLedger(pairs) };
}

/** Of a session that another phone closed, the server holds a later version, and of a conflict another content: its
 * word is taken for what it holds. */
async function digest(op: Op): Promise<string> {
  return (op.kind === "session" || op.state !== "stored") && op.digest ? op.digest : digestOf(op.item);
}

/** Compares one day; where they differ, what is here is queued again (what is there is answered "replayed"). A
 * difference that this does not mend is for people to look at: it is tried again the next day, or when asked for. */
export async function reconcile(
  db: Database, owner: Owner, day: string, ask: Ask, now: number, fresh = false,
): Promise<Agreement | null> {
  const before = await ownLedger(db, owner.user, owner.device, day);
  const theirs = await ask(owner.device, day);
  if (!theirs) return null;
  const mine = await ownLedger(db, owner.user, owner.device, day);
  // Another tab was sending meanwhile: next time.
  if (mine.digest !== before.digest) return null;
  const agrees = mine.count === theirs.count && mine.digest === theirs.digest;
  const known = (await agreements(db, owner.user))[day];
  const resent_at = known?.resent_at ?? null;
  const mend = !agrees && (fresh || !known || known.agrees || resent_at === null || now - resent_at >= DAILY);
  if (mend) await requeue(db, mine.ops.map((op) => op.seq));
  const found = { day, mine: mine.count, servers: theirs.count, agrees, at: now, resent_at: mend ? now : resent_at };
  await write(db, keyOf(owner.user), { ...(await agreements(db, owner.user)), [day]: found });
  return found;
}

/** Days to compare now: never compared, changed since, or not for a day (`fresh`: all). To be asked when all that can
 * be sent is sent, or the server holds what it has not acknowledged. */
export async function daysToCompare(db: Database, owner: Owner, now: number, fresh = false): Promise<string[]> {
  const known = await agreements(db, owner.user);
  const settled = new Map<string, number>();
  for (const op of await db.getAllFromIndex("ops", "by_state", [owner.user, "stored"]))
    settled.set(op.day, Math.max(settled.get(op.day) ?? 0, op.settled_at ?? 0));
  return [...settled.keys()].sort().filter((day) => {
    const last = known[day];
    if (!last) return true;
    if (last.closed) return false;
    const changed = settled.get(day)! > last.at;
    // What was sent to mend a difference is compared at once; the entries of a busy hour are not, each time.
    const patience = last.agrees ? HOURLY : 0;
    return fresh || now - last.at >= DAILY || (changed && now - last.at >= patience);
  });
}

/** Compares what is due, and forgets what is old and agreed. Whether something is to be sent again. */
export async function compareLedgers(
  db: Database, owner: Owner, ask: Ask, now: number, fresh = false,
): Promise<boolean> {
  let resend = false;
  for (const day of await daysToCompare(db, owner, now, fresh)) {
    const found = await reconcile(db, owner, day, ask, now, fresh);
    resend ||= found?.resent_at === now && !found.agrees;
  }
  await forget(db, owner.user, now);
  return resend;
}

/** The disk is full: what the server holds for certain goes before its week is over, so that there is room to send. */
export const makeRoom = (db: Database, user: string, now: number): Promise<void> => forget(db, user, now, 0);

async function forget(db: Database, user: string, now: number, keptFor = KEPT_FOR): Promise<void> {
  const known = await agreements(db, user);
  const old = inVietnam(now - keptFor).slice(0, 10);
  const agreed = Object.values(known).filter(({ day, agrees, closed }) => day <= old && agrees && !closed);
  if (!agreed.length) return;
  const gone = await purge(db, user, new Map(agreed.map(({ day, at }) => [day, at])), now, keptFor);
  for (const day of gone) known[day] = { ...known[day]!, closed: true };
  if (gone.length) await write(db, keyOf(user), known);
}

/** Reconciliation: what this phone holds as acknowledged against what the server holds from it, day by day. */
import { requeue } from "./queue";
import { read, write, type Database, type Op } from "./store";
import { digestOf, digestOfLedger, type Ledger } from "./wire";

export interface Agreement {
  day: string;
  mine: number;
  servers: number;
  agrees: boolean;
  at: number;
}

const KEY = "agreements";

export async function agreements(db: Database): Promise<Record<string, Agreement>> {
  return (await read<Record<string, Agreement>>(db, KEY)) ?? {};
}

/** What the server should hold of a day: one digest an id, the later version of a session. */
export async function ownLedger(db: Database, user: string, device: string, day: string) {
  const latest = new Map<string, Op>();
  for (const op of await db.getAllFromIndex("ops", "by_day", [user, day]))
    if (op.state === "stored" && op.device === device) latest.set(op.id, op);
  const ops = [...latest.values()];
  const pairs = await Promise.all(ops.map(async (op) => [op.id, await digest(op)] as const));
  return { ops, count: ops.length, digest: await digestOfLedger(pairs) };
}

/** Of a session that another phone closed, the server holds a later version: its word is taken. */
async function digest(op: Op): Promise<string> {
  return op.kind === "session" && op.digest ? op.digest : digestOf(op.item);
}

/** Compares one day; where they differ, what is here is queued again (what is there is answered "replayed"). */
export async function reconcile(
  db: Database,
  owner: { user: string; device: string },
  day: string,
  ask: (device: string, day: string) => Promise<Ledger | null>,
  now: number,
): Promise<Agreement | null> {
  const theirs = await ask(owner.device, day);
  if (!theirs) return null;
  const mine = await ownLedger(db, owner.user, owner.device, day);
  const agrees = mine.count === theirs.count && mine.digest === theirs.digest;
  const found: Agreement = { day, mine: mine.count, servers: theirs.count, agrees, at: now };
  // More at the server than here: an older part was forgotten after a week. Only a lack is mended by sending again.
  if (!agrees && mine.count) await requeue(db, mine.ops.map((op) => op.seq));
  await write(db, KEY, { ...(await agreements(db)), [day]: found });
  return found;
}

/** Days with entries that were acknowledged and not compared since `before`. */
export async function daysToCompare(db: Database, user: string, before: number): Promise<string[]> {
  const known = await agreements(db);
  const days = new Set<string>();
  for (const op of await db.getAllFromIndex("ops", "by_state", [user, "stored"])) days.add(op.day);
  return [...days].filter((day) => !known[day]?.agrees || known[day].at < before).sort();
}

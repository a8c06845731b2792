/** The queue as the sender sees it: what goes next, and what the server said of it. */
import { counting } from "./figures";
import { letGo, REFUSED, targets, UNSENT } from "./queue";
import { durably, type Database, type Op, type OpState, type Writing } from "./store";
import { canonical, type ItemError, type ItemResult } from "./wire";

export const BATCH = 50;
export const KEPT_FOR = 7 * 24 * 3600_000;

const HELD_THERE: OpState[] = ["stored", "conflict", "dropped"];

// --- what goes next --------------------------------------------------------------------------------------------------
/** The next entries to send, of one device, in the order of events; each try is counted before the server could see it.
 *
 * `skip`: keys of entries that are to stay behind. What stays keeps back what needs it: see `Gate`.
 */
export function take(db: Database, user: string, limit = BATCH, skip: ReadonlySet<number> = new Set()): Promise<Op[]> {
  return durably(db, async (tx) => {
    const gate = new Gate(tx);
    for (const op of await tx.objectStore("ops").index("by_state").getAll([user, "held"])) await gate.stays(op);
    let cursor = await tx.objectStore("ops").index("by_state").openCursor([user, "queued"]);
    for (; cursor && gate.batch.length < limit; cursor = await cursor.continue()) {
      const op = cursor.value;
      if (skip.has(op.seq) || !(await gate.lets(op))) await gate.stays(op);
      else gate.batch.push({ ...op, tries: op.tries + 1 });
    }
    for (const op of gate.batch) await tx.objectStore("ops").put(op);
    return gate.batch;
  });
}

/** Sent too early, an entry would be refused for the lack of what it needs: a line of its shift; a void of what it
 * takes back, or the server would keep one that takes back nothing; a tick of the void of an earlier tick. */
class Gate {
  readonly batch: Op[] = [];
  private readonly sessions = new Map<string, boolean>();
  private readonly ticks = new Set<string>();

  constructor(private readonly tx: Writing) {}

  async lets(op: Op): Promise<boolean> {
    if (this.batch.length && this.batch[0]!.device !== op.device) return false;
    // A session and its close have one id: the close goes with the next batch.
    if (this.batch.some(({ id }) => id === op.id)) return false;
    if (op.item.type === "session") return true;
    // A void that left by a rescue may be there already: until the server has said so, the ledgers differ.
    if (op.item.type === "void")
      return op.tries > 0 || !(await targets(this.tx, op, op.item.target)).some(({ state }) => UNSENT.includes(state));
    if (op.item.type === "attendance" && this.ticks.has(`${op.session} ${op.item.volunteer}`)) return false;
    return this.batch.some(({ id }) => id === op.session) || this.isOpen(op);
  }

  async stays(op: Op): Promise<void> {
    if (op.item.type !== "void") return;
    for (const { item } of await targets(this.tx, op, op.item.target))
      if (item.type === "attendance") this.ticks.add(`${item.session} ${item.volunteer}`);
  }

  private async isOpen(op: Op): Promise<boolean> {
    let known = this.sessions.get(op.session);
    if (known === undefined) {
      known = await isShiftThere(this.tx, op);
      this.sessions.set(op.session, known);
    }
    return known;
  }
}

/** The server has the shift of `op`, or it is not for this phone to send it. */
async function isShiftThere(tx: Writing, op: Op): Promise<boolean> {
  const own = await targets(tx, op, op.session);
  const shift = await tx.objectStore("shifts").get([op.user, op.session]);
  return !own.length || shift?.adopted === true || own.some(({ state }) => HELD_THERE.includes(state));
}

// --- what the server said --------------------------------------------------------------------------------------------
const ANSWERS = ["stored", "replayed", "conflict", "rejected"];

/** What the server said, entry by entry. Returns of how many the fate is known; those it was silent on stay queued.
 *
 * `digests`: of what was sent, in its order.
 */
export function settle(
  db: Database, sent: Op[], results: ItemResult[], digests: string[], now: number,
): Promise<number> {
  const understood = results.filter((result) => ANSWERS.includes(result?.status));
  const said = new Map(understood.map((result) => [result.id, result])); // no id twice in a batch
  return durably(db, async (tx) => {
    let settled = 0;
    for (const [place, before] of sent.entries()) {
      const result = said.get(before.id);
      if (!result) continue;
      settled += 1;
      const op = await tx.objectStore("ops").get(before.seq);
      // Another tab was told, or the entry was mended meanwhile: this answer is not about it.
      if (op?.state !== "queued" || canonical(op.item) !== canonical(before.item)) continue;
      // The trouble is the shift's, which was refused; its lines wait for it.
      if (result.errors?.[0]?.code === "unknown_session" && !(await isShiftThere(tx, op))) continue;
      const state = outcome(op, result, digests[place]!);
      const { digest, errors = [], late = false } = result;
      const next: Op = { ...op, state, digest, errors, late, settled_at: now };
      if (REFUSED.includes(state)) await refuse(tx, next);
      else await tx.objectStore("ops").put(next);
    }
    return settled;
  });
}

function outcome(op: Op, result: ItemResult, digest: string): OpState {
  if (result.status === "rejected" || result.status === "conflict") return result.status;
  // "Stored" is believed for the content that was sent. An older version of a session is answered with the later one.
  return result.digest === digest || op.kind === "session" ? "stored" : "conflict";
}

/** What is refused is not counted. What was taken back already troubles nobody; what it was to take back stands. */
async function refuse(tx: Writing, op: Op): Promise<void> {
  const ops = tx.objectStore("ops");
  const voids = await voidsOf(tx, op);
  if (voids.length) {
    await letGo(tx, op);
    if (op.state === "rejected")
      for (const each of voids) await (each.tries ? ops.put({ ...each, aimless: true }) : ops.delete(each.seq));
    return;
  }
  if (op.aimless) return letGo(tx, op);
  if (await isOutdated(tx, op)) return ops.delete(op.seq);
  await ops.put(await counting(tx, op, false));
  if (op.item.type !== "void") return;
  for (const target of await targets(tx, op, op.item.target))
    if (!REFUSED.includes(target.state) && target.state !== "dropped" && !(await voidsOf(tx, target)).length)
      await ops.put(await counting(tx, target, true));
}

/** A later version of the shift says all that this one was to say: mended, this one would overwrite it on the screen. */
async function isOutdated(tx: Writing, op: Op): Promise<boolean> {
  if (op.kind !== "session" || op.state !== "rejected") return false;
  return (await targets(tx, op, op.id)).some(({ seq }) => seq > op.seq);
}

/** What takes `op` back, if it stands. */
async function voidsOf(tx: Writing, op: Op): Promise<Op[]> {
  if (op.counted || (op.kind !== "log" && op.kind !== "attendance")) return [];
  const all = await tx.objectStore("ops").index("by_session").getAll(op.session);
  return all.filter(
    ({ user, item, state }) =>
      user === op.user && item.type === "void" && item.target === op.id && !REFUSED.includes(state),
  );
}

/** Sets aside what fails again and again, so that the others get through. */
export function hold(db: Database, seq: number, error: ItemError): Promise<void> {
  return durably(db, async (tx) => {
    const op = await tx.objectStore("ops").get(seq);
    if (op?.state === "queued") await tx.objectStore("ops").put({ ...op, state: "held", errors: [error] });
  });
}

/** Sends again what the server turned out not to hold. */
export function requeue(db: Database, seqs: number[]): Promise<void> {
  return durably(db, async (tx) => {
    for (const seq of seqs) {
      const op = await tx.objectStore("ops").get(seq);
      if (op?.state === "stored") await tx.objectStore("ops").put({ ...op, state: "queued" });
    }
  });
}

/** Forgets the days of which all was settled over a week ago, and on which the ledgers have agreed since.
 * `agreed`: day → when. Returns the days that are gone. */
export function purge(
  db: Database, user: string, agreed: Map<string, number>, now: number, keptFor = KEPT_FOR,
): Promise<string[]> {
  return durably(db, async (tx) => {
    const gone: string[] = [];
    for (const [day, at] of agreed) {
      const ops = await tx.objectStore("ops").index("by_day").getAll([user, day]);
      const over = (op: Op) =>
        (op.state === "stored" || op.state === "dropped") && op.settled_at! <= at && now - op.settled_at! >= keptFor;
      if (!ops.length || !ops.every(over)) continue;
      for (const op of ops) await tx.objectStore("ops").delete(op.seq);
      for (const shift of await tx.objectStore("shifts").index("by_day").getAll([user, day]))
        if (shift.ended_at) await tx.objectStore("shifts").delete([user, shift.id]);
      gone.push(day);
    }
    return gone;
  });
}

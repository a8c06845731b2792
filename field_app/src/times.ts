/** A clock that turns out to be wrong: what was recorded by it and not yet sent gets the time that it was. All of it
 * moves by the same amount, so that the order of events stays.
 */
import { inVietnam, TOLERANCE } from "./clock";
import { counting } from "./figures";
import { isUntouched } from "./queue";
import { durably, type Database, type Op, type Writing } from "./store";
import type { SessionItem } from "./wire";

/** Times that the leader has given by hand stay. Returns how many entries were corrected. */
export function correctTimes(db: Database, user: string, offset: number): Promise<number> {
  return durably(db, async (tx) => {
    const queued = await tx.objectStore("ops").index("by_state").getAll([user, "queued"]);
    const wrong = queued.filter((op) => isUntouched(op) && Math.abs(offset - op.offset) > TOLERANCE);
    for (const op of wrong) await correct(tx, op, offset);
    return wrong.length;
  });
}

async function correct(tx: Writing, op: Op, offset: number): Promise<void> {
  const by = offset - op.offset;
  const { item } = op;
  if (item.type === "session") return correctShift(tx, op, item, by, offset);
  // The shift may have gone to its right day before.
  const now = (await tx.objectStore("ops").get(op.seq))!;
  if (item.type !== "log" || !isOfClock(op, item.happened_at)) {
    await tx.objectStore("ops").put({ ...now, offset });
    return;
  }
  const out = await counting(tx, now, false);
  const moved: Op = { ...out, item: { ...item, happened_at: shifted(item.happened_at, by) }, offset };
  await tx.objectStore("ops").put(now.counted ? await counting(tx, moved, true) : moved);
}

async function correctShift(tx: Writing, op: Op, item: SessionItem, by: number, offset: number): Promise<void> {
  const ops = tx.objectStore("ops");
  const known = (await ops.index("by_id").getAll(op.id)).some((each) => each.seq !== op.seq && each.kind === "session");
  const shift = await tx.objectStore("shifts").get([op.user, op.id]);
  const next = { ...item };
  if (!known && !shift?.adopted && isOfClock(op, item.started_at)) {
    next.started_at = shifted(item.started_at, by);
    if (next.ended_at) next.ended_at = shifted(next.ended_at, by);
    if (item.day === dayOf(item.started_at)) next.day = dayOf(next.started_at);
  } else if (next.ended_at && isOfClock(op, next.ended_at)) {
    const ended = shifted(next.ended_at, by);
    next.ended_at = Date.parse(ended) < Date.parse(next.started_at) ? next.started_at : ended;
  }
  await ops.put({ ...op, item: next, day: next.day, offset });
  if (!shift) return;
  const { day, started_at, ended_at } = next;
  await tx.objectStore("shifts").put({ ...shift, day, started_at, ended_at });
  if (day === op.day) return;
  for (const each of await ops.index("by_session").getAll(op.id))
    if (each.user === op.user) await ops.put({ ...each, day });
}

/** By the clock, and not by hand. */
function isOfClock(op: Op, time: string): boolean {
  return Math.abs(Date.parse(time) - (op.made_at + op.offset)) <= TOLERANCE;
}

const shifted = (time: string, by: number): string => inVietnam(Date.parse(time) + by);
const dayOf = (time: string): string => inVietnam(Date.parse(time)).slice(0, 10);

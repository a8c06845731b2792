/** The figures of a shift, as its screens show them: kept in step with the entries, one at a time. */
import type { Line, Op, Shift, Writing } from "./store";
import type { AttendanceItem, Item, LogItem, SessionItem } from "./wire";

const LAST_LINES = 30;
const VIETNAM = 7 * 3600_000;

export function newShift(user: string, item: SessionItem, adopted = false): Shift {
  const { id, team, day, point, started_at, ended_at, note } = item;
  const empty = { people: 0, turns: 0, by_service: {}, by_hour: {}, present: {}, last: [] };
  return { id, user, team, day, point, started_at, ended_at, note, adopted, ...empty };
}

export function sessionItem(shift: Shift): SessionItem {
  const { id, team, day, point, started_at, ended_at, note } = shift;
  return { type: "session", id, team, day, point, started_at, ended_at, note };
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
  add(shift.by_hour, String(new Date(Date.parse(item.happened_at) + VIETNAM).getUTCHours()), sign * item.people);
  const others = shift.last.filter((line) => line.id !== item.id);
  shift.last = sign > 0 ? [lineOf(item), ...others].slice(0, LAST_LINES) : others;
}

function add(counts: Record<string, number>, key: string, amount: number): void {
  counts[key] = (counts[key] ?? 0) + amount;
  if (counts[key] === 0) delete counts[key];
}

function lineOf(item: LogItem): Line {
  const { id, service, result, people, same_visit, happened_at } = item;
  return { id, service, result, people, same_visit, at: happened_at };
}

export const isCountable = (item: Item): item is LogItem | AttendanceItem =>
  item.type === "log" || item.type === "attendance";

/** `op` as it is to be written, counted or not; the shift's figures follow. An entry that was brought in from another
 * phone has no shift here, and counts in none. */
export async function counting(tx: Writing, op: Op, counted: boolean): Promise<Op> {
  if (!isCountable(op.item) || op.counted === counted) return op;
  const shift = await tx.objectStore("shifts").get([op.user, op.session]);
  if (!shift) return op;
  apply(shift, op.item, counted ? 1 : -1);
  await tx.objectStore("shifts").put(shift);
  return { ...op, counted };
}

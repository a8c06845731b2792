/** What the card before has left on this phone.
 *
 * A card signs one phone in, once, as an account of its own: after the next card nobody can ever sign in again as the one
 * before, and its entries would stay here for ever. So its work goes on under the new card of the same team. Which accounts
 * of this phone these are the server says, and for which team: of that team's shifts alone; all else stays, unseen.
 */
import { answersOf, type Answer } from "./answers";
import type { Phone } from "./after";
import { photosWaiting } from "./photos";
import { counts, UNSENT, unsentOfOthers } from "./queue";
import { read, type Database, type Op, type Shift } from "./store";
import type { Account } from "./sync";
import { correctTimes } from "./times";
import { canonical } from "./wire";

export interface Former {
  /** Id of the account. */
  user: string;
  /** Code of the team. */
  team: string;
}

/** What was asked last of each database: until it is another question, the answer stands. */
const asked = new WeakMap<Database, string>();

/** How much that was unsent goes on under `account`; null when nothing has changed hands. */
export async function goOnForCardBefore(phone: Phone, account: Account): Promise<number | null> {
  const users = await usersWithWork(phone.db, account.id);
  // Of people, and of cards of other teams, it is not asked after each tap.
  const question = users.map((user) => `user=${user}`).join("&");
  const whole = `${account.id} ${question}`;
  if (!users.length || asked.get(phone.db) === whole) return null;
  const response = await phone.runner().fetch(`/field/api/former/?${question}`, { redirect: "manual", cache: "no-store" });
  const answer = response.ok ? ((await response.json().catch(() => null)) as { former: Former[] } | null) : null;
  if (!Array.isArray(answer?.former)) return null;
  asked.set(phone.db, whole);
  let found: number | null = null;
  for (const former of answer.former) if (users.includes(former.user)) found = (found ?? 0) + (await takeOver(phone.db, account.id, former));
  // Recorded by a clock that turned out to be wrong since.
  if (found !== null) await correctTimes(phone.db, account.id, phone.clock.offset);
  return found;
}

/** Of those who have worked on this phone but `user`: who has left something that is not settled. */
export async function usersWithWork(db: Database, user: string): Promise<string[]> {
  const names = (await read<Record<string, string>>(db, "users")) ?? {};
  const known = new Set([...Object.keys(names), ...(await unsentOfOthers(db, user)).keys()]);
  known.delete(user);
  const others = [...known].sort();
  const work = await Promise.all(others.map((each) => workOf(db, each)));
  return others.filter((_, place) => work[place]);
}

async function workOf(db: Database, user: string): Promise<boolean> {
  const [{ unsent, refused }, photos, answers] = await Promise.all([
    counts(db, user), photosWaiting(db, user), answersOf(db, user),
  ]);
  return unsent + refused + photos > 0 || answers.some(({ state }) => state !== "sent");
}

/** All of `former`'s shifts of the team become `user`'s, in one transaction; returns how much of it is unsent. Entries keep
 * id, device and order: what the server holds already is replayed, and whatever answer is still on its way finds its
 * entry. */
export async function takeOver(db: Database, user: string, { user: former, team }: Former): Promise<number> {
  const tx = begin(db);
  tx.done.catch(() => {}); // told by the await below
  try {
    const unsent = await carry(tx, user, former, team);
    await tx.done;
    return unsent;
  } catch (error) {
    try {
      tx.abort();
    } catch {
      // it has ended already
    }
    throw error;
  }
}

const begin = (db: Database) => db.transaction(["ops", "shifts", "photos", "kv"], "readwrite", { durability: "strict" });
type Carrying = ReturnType<typeof begin>;

/** Every day, or state, of one user. */
const allOf = (user: string): IDBKeyRange => IDBKeyRange.bound([user, ""], [user, "~"]);

async function carry(tx: Carrying, user: string, former: string, team: string): Promise<number> {
  const ops = await tx.objectStore("ops").index("by_day").getAll(allOf(former));
  const shifts = await tx.objectStore("shifts").index("by_day").getAll(allOf(former));
  const isTheirs = whose(ops, shifts, team);
  let unsent = 0;
  for (const op of ops.filter(({ session }) => isTheirs(session))) {
    await dropTwins(tx, user, op);
    await tx.objectStore("ops").put({ ...op, user, state: again(op.state) });
    if (UNSENT.includes(op.state)) unsent += 1;
  }
  for (const shift of shifts.filter(({ id }) => isTheirs(id))) {
    const own = await tx.objectStore("shifts").get([user, shift.id]);
    await tx.objectStore("shifts").delete([former, shift.id]);
    await tx.objectStore("shifts").put(own ? together(shift, own) : { ...shift, user });
  }
  for (const photo of await tx.objectStore("photos").index("by_state").getAll(allOf(former))) {
    if (!isTheirs(photo.session)) continue;
    const state = again(photo.state);
    await tx.objectStore("photos").put({ ...photo, user, state });
    if (state === "queued") unsent += 1;
  }
  return unsent + (await carryAnswers(tx, user, former, isTheirs));
}

/** What failed again and again is tried once more, as at each start. */
const again = <State extends string>(state: State): State => (state === "held" ? ("queued" as State) : state);

/** Whether a shift is of `team`, as far as this phone knows. */
function whose(ops: Op[], shifts: Shift[], team: string): (session: string) => boolean {
  const teams = new Map(shifts.map(({ id, team: of }) => [id, of]));
  for (const { id, item } of ops) if (item.type === "session") teams.set(id, item.team);
  return (session) => teams.get(session) === team;
}

/** The same entry, brought in by a rescue: one of the two is enough, and this one stands in the shift's figures. */
async function dropTwins(tx: Carrying, user: string, op: Op): Promise<void> {
  for (const twin of await tx.objectStore("ops").index("by_id").getAll(op.id))
    if (twin.user === user && !twin.counted && canonical(twin.item) === canonical(op.item))
      await tx.objectStore("ops").delete(twin.seq);
}

async function carryAnswers(tx: Carrying, user: string, former: string, isTheirs: (session: string) => boolean): Promise<number> {
  const kept = async (of: string): Promise<Answer[]> => ((await tx.objectStore("kv").get(`answers:${of}`)) as Answer[] | undefined) ?? [];
  const [theirs, own] = [await kept(former), await kept(user)];
  const isNew = ({ session }: Answer): boolean => isTheirs(session) && !own.some((each) => each.session === session);
  const moved = theirs.filter(isNew);
  if (!moved.length) return 0;
  await tx.objectStore("kv").put([...own, ...moved], `answers:${user}`);
  await tx.objectStore("kv").put(theirs.filter((each) => !isNew(each)), `answers:${former}`);
  return moved.filter(({ state }) => state === "queued").length;
}

/** The new card has gone on with the same shift before it was known whose the old one was. */
function together(before: Shift, own: Shift): Shift {
  return {
    ...before,
    user: own.user,
    ended_at: own.ended_at ?? before.ended_at,
    note: own.note || before.note,
    adopted: before.adopted && own.adopted,
    people: before.people + own.people,
    turns: before.turns + own.turns,
    by_service: sum(before.by_service, own.by_service),
    by_hour: sum(before.by_hour, own.by_hour),
    present: { ...before.present, ...own.present },
    last: [...own.last, ...before.last],
  };
}

function sum(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const all = { ...one };
  for (const [key, amount] of Object.entries(other)) all[key] = (all[key] ?? 0) + amount;
  return all;
}

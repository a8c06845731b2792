/** What the leader answers when staff send a shift back: kept on the phone until the portal has it. */
import type { Returned } from "./kit";
import { UNSENT } from "./queue";
import { read, type Database } from "./store";

export interface Answer {
  session: string;
  /** Of the return that it answers: a later one asks anew. */
  returned_at: string;
  text: string;
  /** `refused`: for good, and the leader has to say it otherwise. */
  state: "queued" | "sent" | "refused";
  /** The portal's words. */
  error: string;
}

const keyOf = (user: string): string => `answers:${user}`;

export async function answersOf(db: Database, user: string): Promise<Answer[]> {
  return (await read<Answer[]>(db, keyOf(user))) ?? [];
}

/** One a shift: the latest is what the leader says. */
export function keepAnswer(db: Database, user: string, answer: Answer): Promise<void> {
  return change(db, user, (known) => [...known.filter(({ session }) => session !== answer.session), answer]);
}

/** What became of `sent`, unless the leader has said something else meanwhile. */
export function settleAnswer(
  db: Database, user: string, sent: Answer, state: Answer["state"], error = "",
): Promise<void> {
  const isIt = (each: Answer): boolean => isOfSame(each, sent) && each.text === sent.text && each.state === "queued";
  return change(db, user, (known) => known.map((each) => (isIt(each) ? { ...each, state, error } : each)));
}

/** An answer comes after the corrections that it speaks of. */
export async function nextAnswers(db: Database, user: string): Promise<Answer[]> {
  const waiting = (await answersOf(db, user)).filter(({ state }) => state === "queued");
  const ready = waiting.map(async ({ session }) => {
    const ops = await db.getAllFromIndex("ops", "by_session", session);
    return !ops.some((op) => op.user === user && UNSENT.includes(op.state));
  });
  const isReady = await Promise.all(ready);
  return waiting.filter((_, place) => isReady[place]);
}

/** Another tab may write at the same moment, and what was typed must outlive a flat battery. */
async function change(db: Database, user: string, how: (known: Answer[]) => Answer[]): Promise<void> {
  const tx = db.transaction("kv", "readwrite", { durability: "strict" });
  const known = ((await tx.store.get(keyOf(user))) as Answer[] | undefined) ?? [];
  await tx.store.put(how(known), keyOf(user));
  await tx.done;
}

/** Of the shifts that staff sent back, those that wait for this phone: what it has answered waits for staff. */
export function waitingForLeader(returned: Returned[], answers: Answer[]): Returned[] {
  const sent = answers.filter(({ state }) => state === "sent");
  return returned.filter(({ id, returned_at }) => !sent.some((each) => isOfSame(each, { session: id, returned_at })));
}

const isOfSame = (one: Answer, other: Pick<Answer, "session" | "returned_at">): boolean =>
  one.session === other.session && one.returned_at === other.returned_at;

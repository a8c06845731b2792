/** The queue's state machine under everything that a morning may bring, in any order: at the end phone and server agree.
 *
 * Each step is drawn at random, each POST has a fault of its own. What must be true at the end is written down in `agree`.
 * FIELD_RUNS=1000 looks longer.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareLedgers, agreements } from "../src/ledger";
import * as queue from "../src/queue";
import { bringIn, rescueOf, unsent } from "../src/rescue";
import type { Op, Shift } from "../src/store";
import type { AttendanceItem, Item, LogItem, SessionItem } from "../src/wire";
import { ModelServer } from "./model_server";
import { at, DAY, Locks, logItem, Network, sessionItem, Tab, tickItem, type Fault } from "./support";

const RUNS = Number(process.env.FIELD_RUNS ?? 60);
const FAULTS: Fault[] = [
  "none", "offline", "lost", "empty", "half body", "500", "502", "503", "429", "413", "401", "403", "portal", "token",
  "twice", "late twin", "half", "silent",
];
// Never refused, refused until the catalogue is mended, a breakdown of the server until that is mended.
const SERVICES = ["DVC-NOP", "VNEID", "UNKNOWN", "POISON"];
const pick = fc.nat(40);

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("open" as const), team: fc.constantFrom("TO-TT", "TO-VL", "TEAM-X") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("join" as const) }) },
  { weight: 12, arbitrary: fc.record({
    do: fc.constant("tap" as const), service: fc.constantFrom(...SERVICES, "DVC-NOP", "DVC-NOP"),
    people: fc.constantFrom(1, 1, 1, 7, 40), same: fc.boolean(),
  }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("tick" as const), volunteer: fc.constantFrom("TNV-1", "TNV-2", "TNV-X") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("untick" as const), place: pick }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("undo" as const), place: pick, reason: fc.constantFrom("Ghi nhầm", "Ghi nhầm", "0912345678") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("close" as const), minute: fc.integer({ min: 20, max: 300 }), note: fc.constantFrom("", "Đông", "gọi 0912345678") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("note" as const), note: fc.constantFrom("Mưa", "Nắng") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("closed elsewhere" as const), minute: fc.integer({ min: 20, max: 300 }) }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constant("send" as const), faults: fc.array(fc.constantFrom(...FAULTS), { maxLength: 5 }) }) },
  { weight: 3, arbitrary: fc.record({
    do: fc.constant("two tabs" as const), faults: fc.array(fc.constantFrom(...FAULTS), { maxLength: 5 }), locked: fc.boolean(),
  }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("refused" as const), place: pick, how: fc.constantFrom("mend", "again", "anew", "drop") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("compare" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rescue" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("corrupt" as const), place: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("server forgets" as const), place: pick }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let phones = 0;

/** A leader with a phone of two tabs, a colleague with a phone, and what the leader believes to have recorded. */
class Morning {
  readonly network = new Network(new ModelServer());
  private readonly name = `machine-${++phones}`;
  readonly done = new Map<string, LogItem | AttendanceItem>();
  readonly undone = new Set<string>();
  tab!: Tab;
  private colleague!: Tab;
  private minute = 0;

  static async begin(): Promise<Morning> {
    const morning = new Morning();
    morning.network.server.today = DAY;
    for (const code of ["UNKNOWN", "TEAM-X", "TNV-X"]) morning.network.server.unknown.add(code);
    morning.network.poison = (item) => item.type === "log" && item.service === "POISON";
    await morning.start();
    morning.colleague = await Tab.open(morning.network, { name: `${morning.name}-b` });
    return morning;
  }

  async start(): Promise<void> {
    this.tab = await Tab.open(this.network, { name: this.name });
  }

  end(): void {
    this.tab.close();
    this.colleague.close();
  }

  private async shifts() {
    return queue.shiftsOf(this.tab.db, "7", DAY);
  }

  private async opened() {
    const shifts = await this.shifts();
    return shifts[shifts.length - 1];
  }

  async step(step: Step): Promise<void> {
    const { db, owner } = this.tab;
    const shift = await this.opened();
    this.minute += 1;
    if (step.do === "open") {
      await queue.openShift(db, owner, sessionItem({ team: step.team, started_at: at(this.minute) }));
    } else if (step.do === "join") {
      const theirs = sessionItem({ started_at: at(this.minute) });
      this.network.server.receive("0190f0de-0000-7000-8000-0000000000ff", [theirs]);
      await queue.adoptShift(db, owner, theirs);
    } else if (step.do === "crash") {
      this.tab.close();
      await this.start();
    } else if (step.do === "send") {
      this.network.faults = [...step.faults];
      await this.tab.send();
    } else if (step.do === "two tabs") await this.twoTabs(step);
    else if (step.do === "refused") await this.refused(step);
    else if (step.do === "release") await queue.release(db, "7");
    else if (step.do === "compare") await this.compare();
    else if (step.do === "rescue") await this.rescue();
    else if (step.do === "corrupt") await this.corrupt(step.place);
    else if (step.do === "server forgets") await this.forgetAtServer(step.place);
    else if (shift) await this.inShift(step, shift);
  }

  private async inShift(step: Step, shift: Shift): Promise<void> {
    const { db, owner } = this.tab;
    if (step.do === "tap") {
      const same_visit = step.same && shift.last.length > 0 && step.people === 1;
      await this.record(logItem(shift.id, { service: step.service, people: step.people, same_visit, happened_at: at(this.minute) }));
    } else if (step.do === "tick") {
      if (!shift.present[step.volunteer]) await this.record(tickItem(shift.id, step.volunteer));
    } else if (step.do === "untick" || step.do === "undo") {
      const ids = step.do === "undo" ? shift.last.map(({ id }) => id) : Object.values(shift.present);
      const target = ids[step.place % (ids.length || 1)];
      if (!target) return;
      const reason = step.do === "undo" ? step.reason : "Nhầm";
      for (const id of await queue.undo(db, owner, target, reason)) this.undone.add(id);
    } else if (step.do === "close") await queue.changeShift(db, owner, shift.id, { ended_at: at(this.minute + step.minute), note: step.note });
    else if (step.do === "note") await queue.changeShift(db, owner, shift.id, { note: step.note });
    else if (step.do === "closed elsewhere") {
      const held = this.network.server.sessions.get(shift.id);
      if (held) this.network.server.receive("0190f0de-0000-7000-8000-0000000000ff", [{ ...held, ended_at: at(this.minute + step.minute + 0.5) }]);
    }
  }

  private async record(item: LogItem | AttendanceItem): Promise<void> {
    await queue.record(this.tab.db, this.tab.owner, item);
    this.done.set(item.id, item);
  }

  private async twoTabs({ faults, locked }: { faults: Fault[]; locked: boolean }): Promise<void> {
    this.network.faults = [...faults];
    this.tab.close();
    const locks = locked ? (new Locks() as unknown as LockManager) : undefined;
    const [one, two] = [await Tab.open(this.network, { name: this.name, locks }), await Tab.open(this.network, { name: this.name, locks })];
    await Promise.all([one.send(), two.send()]);
    two.close();
    this.tab = one;
  }

  /** The ways out of the list of problems. */
  private async refused({ place, how }: { place: number; how: string }): Promise<void> {
    const { db } = this.tab;
    const list = await queue.refused(db, "7");
    const op = list[place % (list.length || 1)];
    if (!op) return;
    const known = new Set((await db.getAll("ops")).map(({ id }) => id));
    if (how === "drop") {
      await queue.drop(db, op.seq);
      this.done.delete(op.id);
      if (op.item.type === "void" && !(await this.isVoided(op.item.target))) this.undone.delete(op.item.target);
    } else if (how === "anew") {
      if (op.kind === "session") return;
      await queue.anew(db, op.seq);
      const made = (await db.getAll("ops")).find(({ id }) => !known.has(id))!;
      this.done.delete(op.id);
      if (made.item.type === "log" || made.item.type === "attendance") this.done.set(made.id, made.item);
      if (made.item.type === "void") this.undone.add(made.item.target);
    } else {
      const item = how === "mend" ? mended(op.item) : op.item;
      await queue.retry(db, op.seq, item);
      if (item.type === "log" || item.type === "attendance") this.done.set(item.id, item);
      if (item.type === "void") this.undone.add(item.target);
    }
  }

  private async isVoided(target: string): Promise<boolean> {
    const ops = await this.tab.db.getAll("ops");
    return ops.some(({ item, state }) => item.type === "void" && item.target === target && state !== "rejected" && state !== "conflict");
  }

  private async compare(fresh = false): Promise<void> {
    const { db, owner } = this.tab;
    await compareLedgers(db, owner, async (device, day) => this.network.server.ledger(device, day), Date.now(), fresh);
  }

  /** The unsent entries go to a colleague, who may be the quicker one. */
  private async rescue(): Promise<void> {
    const { db, owner } = this.tab;
    const rescue = rescueOf(await unsent(db, "7"), { user: "7", name: "Lan", device: owner.device }, at(this.minute));
    for (let time = 0; time < 2; time++) await bringIn(this.colleague.db, "7", rescue);
    await this.colleague.send();
  }

  /** A fault of the server's store, or of a program: other content under an id that this phone is sending. */
  private async corrupt(place: number): Promise<void> {
    const sent = (await this.tab.db.getAll("ops")).filter((op) => op.kind === "log" && op.state === "queued" && op.tries);
    const op = sent[place % (sent.length || 1)];
    if (op) this.network.server.receive(op.device, [{ ...(op.item as LogItem), people: 499 }]);
  }

  /** A backup was brought back: what came since is gone, and the phones are all that has it. */
  private async forgetAtServer(place: number): Promise<void> {
    const { server } = this.network;
    const stored = (await this.tab.db.getAll("ops")).filter((op) => op.kind === "log" && op.state === "stored");
    const op = stored[place % (stored.length || 1)];
    if (!op || server.receipts.get(op.id)?.device !== op.device) return;
    server.receipts.delete(op.id);
    server.logs.delete(op.id);
  }

  /** The network is back, the server is mended, and the leader has looked at what was held. */
  async calm(): Promise<void> {
    const { network } = this;
    network.faults = [];
    network.poison = () => false;
    for (let round = 0; round < 12; round++) {
      await queue.release(this.tab.db, "7");
      await this.tab.send();
      await this.compare(true);
      const { unsent } = await queue.counts(this.tab.db, "7");
      if (!unsent && !(await this.blocked())) break;
    }
    await this.tab.send();
    await this.compare(true);
  }

  private async blocked(): Promise<boolean> {
    return Object.values(await agreements(this.tab.db, "7")).some(({ agrees }) => !agrees);
  }
}

function mended(item: Item): Item {
  if (item.type === "log") return { ...item, service: "DVC-NOP" };
  if (item.type === "attendance") return { ...item, volunteer: `TNV-${item.id.slice(-4)}` };
  if (item.type === "session") return { ...item, note: "", team: item.team === "TEAM-X" ? "TO-TT" : item.team };
  return { ...item, reason: "Ghi nhầm" };
}

async function agree(morning: Morning): Promise<void> {
  const { db, owner } = morning.tab;
  const { server } = morning.network;
  const all = await db.getAll("ops");
  const refused = await queue.refused(db, "7");
  const byState = (op: Op) => op.state;

  // 1. What is not refused for all to see has been acknowledged, or waits for a shift that is refused.
  const lost = new Set(refused.filter(({ kind, id }) => kind === "session" && !server.sessions.has(id)).map(({ session }) => session));
  const waiting = all.filter((op) => queue.UNSENT.includes(byState(op)) && !lost.has(op.session));
  assert.deepEqual(waiting, [], "unsent");

  // 2. What was done, less what was undone and what is in the list of problems, stands at the server: all, and once.
  const undone = new Set(morning.undone);
  for (const op of refused)
    if (op.item.type === "void") {
      const { target } = op.item;
      const stands = all.some(({ item, state }) => item.type === "void" && item.target === target && !queue.REFUSED.includes(state));
      // What was refused itself is gone: its void may be refused as well, and changes nothing.
      if (!stands && all.some(({ id }) => id === target)) undone.delete(target);
    }
  const aside = new Set([...refused, ...all.filter((op) => byState(op) === "dropped")].map(({ id }) => id));
  const expected = [...morning.done.values()].filter(
    ({ id, session }) => !undone.has(id) && !aside.has(id) && !(lost.has(session) && !server.receipts.has(id)),
  );
  const shifts = await queue.shiftsOf(db, "7", DAY);
  const live = shifts.flatMap(({ id }) => server.live(id, owner.device)).filter(({ id }) => !aside.has(id));
  const plain = (items: Item[]) => items.map((item) => JSON.stringify(item)).sort();
  assert.deepEqual(plain(live), plain(expected), "server against what was done");

  // 3. The phone shows what the server counts.
  for (const shift of shifts) {
    if (lost.has(shift.id)) continue;
    const held = server.live(shift.id, owner.device).filter(({ id }) => !aside.has(id));
    const logs = held.filter((item): item is LogItem => item.type === "log");
    const turns = logs.reduce((sum, { people }) => sum + people, 0);
    const people = logs.reduce((sum, log) => sum + (log.same_visit ? 0 : log.people), 0);
    const by_service: Record<string, number> = {};
    for (const log of logs) by_service[log.service] = (by_service[log.service] ?? 0) + log.people;
    const present = held.flatMap((item) => (item.type === "attendance" ? item.volunteer : [])).sort();
    assert.deepEqual([shift.people, shift.turns, shift.by_service], [people, turns, by_service], "counts");
    assert.deepEqual(Object.keys(shift.present).sort(), present, "present");
    assert.equal(Object.values(shift.by_hour).reduce((sum, each) => sum + each, 0), turns, "hours");
    // What was shown as closed is closed, if the server has had its last word.
    const closed = all.some((op) => op.kind === "session" && op.id === shift.id && byState(op) === "stored" && (op.item as SessionItem).ended_at);
    if (closed) assert.ok(server.sessions.get(shift.id)!.ended_at, "closed");
  }

  // 4. The ledgers agree.
  if (!lost.size) for (const found of Object.values(await agreements(db, "7"))) assert.ok(found.agrees, `ledger ${JSON.stringify(found)}`);
}

test("after any morning phone and server agree: nothing lost, nothing twice", { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 45, size: "max" }), async (steps) => {
      const morning = await Morning.begin();
      try {
        await morning.step({ do: "open", team: "TO-TT" });
        for (const each of steps) await morning.step(each);
        await morning.calm();
        await agree(morning);
      } finally {
        morning.end();
      }
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  );
});


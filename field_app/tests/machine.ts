/** A leader's morning as a machine: steps that may come in any order, and what is true after each, and at the end. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { agreements, compareLedgers } from "../src/ledger";
import * as queue from "../src/queue";
import { bringIn, rescueOf, unsent } from "../src/rescue";
import type { Op, Shift } from "../src/store";
import type { AttendanceItem, Item, LogItem } from "../src/wire";
import { at, DAY, Locks, logItem, Network, sessionItem, Tab, tickItem, type Fault } from "./support";

const ELSEWHERE = "0190f0de-0000-7000-8000-0000000000ff";
const FAULTS: Fault[] = [
  "none", "offline", "lost", "empty", "half body", "500", "502", "503", "429", "413", "401", "403", "portal", "token",
  "twice", "late twin", "half", "silent",
];

type Entry = LogItem | AttendanceItem;
type Work = (morning: Morning, shift: Shift) => Promise<void>;

/** One step and its name, for the story of a failure. */
export class Step {
  constructor(
    readonly name: string,
    readonly work: Work,
    readonly needsShift: boolean,
  ) {}

  [fc.toStringMethod](): string {
    return this.name;
  }
}

/** `values` are drawn; the step is called what it does and with what. */
function step<T>(
  weight: number, name: string, values: fc.Arbitrary<T>,
  work: (morning: Morning, value: T, shift: Shift) => Promise<void>,
) {
  const needsShift = work.length > 2;
  const made = (value: T) =>
    new Step(`${name} ${JSON.stringify(value)}`, (morning, shift) => work(morning, value, shift), needsShift);
  return { weight, arbitrary: values.map(made) };
}

const place = fc.nat(40);
const minute = fc.integer({ min: 20, max: 300 });
const faults = fc.array(fc.constantFrom(...FAULTS), { maxLength: 5 });
const nothing = fc.constant(null);
const tap = fc.record({
  // Never refused; refused until it is mended; a breakdown of the server until that is mended.
  service: fc.constantFrom("DVC-NOP", "DVC-NOP", "VNEID", "UNKNOWN", "POISON"),
  people: fc.constantFrom(1, 1, 1, 7, 40),
  same: fc.boolean(),
});
const undo = fc.record({ place, reason: fc.constantFrom("Ghi nhầm", "Ghi nhầm", "0912345678") });
const wayOut = fc.record({ place, how: fc.constantFrom("mend", "again", "anew", "drop") });
const close = fc.record({ minute, note: fc.constantFrom("", "Đông", "gọi 0912345678") });

export const anyStep = fc.oneof(
  step(2, "open", fc.constantFrom("TO-TT", "TO-VL", "TEAM-X"), (m, team) => m.open(team)),
  step(1, "join", nothing, (m) => m.join()),
  step(12, "tap", tap, (m, value, shift) => m.tap(shift, value)),
  step(3, "tick", fc.constantFrom("TNV-1", "TNV-2", "TNV-X"), (m, volunteer, shift) => m.tick(shift, volunteer)),
  step(2, "untick", place, (m, value, shift) => m.undo(Object.values(shift.present), value, "Nhầm")),
  step(5, "undo", undo, (m, { place, reason }, shift) => m.undo(shift.last.map(({ id }) => id), place, reason)),
  step(2, "close", close, (m, value, shift) => m.close(shift, value)),
  step(1, "note", fc.constantFrom("Mưa", "Nắng"), (m, note, shift) => m.change(shift, { note })),
  step(1, "closed elsewhere", minute, (m, value, shift) => m.closedElsewhere(shift, value)),
  step(9, "send", faults, (m, value) => m.send(value)),
  step(3, "two tabs", fc.record({ faults, locked: fc.boolean() }), (m, value) => m.twoTabs(value)),
  step(4, "crash", nothing, (m) => m.crash()),
  step(2, "refused", wayOut, (m, value) => m.refused(value)),
  step(1, "release", nothing, (m) => queue.release(m.tab.db, "7")),
  step(1, "compare", nothing, (m) => m.compare()),
  step(1, "rescue", nothing, (m) => m.rescue()),
  step(1, "corrupt", place, (m, value) => m.corrupt(value)),
  step(1, "server forgets", place, (m, value) => m.serverForgets(value)),
);

let phones = 0;

/** A leader with a phone of two tabs, a colleague with a phone, and what the leader believes to have recorded. */
export class Morning {
  readonly network = new Network();
  readonly done = new Map<string, Entry>();
  readonly undone = new Set<string>();
  /** Shifts that another phone has closed, too. */
  readonly elsewhere = new Set<string>();
  tab!: Tab;
  private colleague!: Tab;
  private minute = 0;
  private readonly name = `machine-${++phones}`;

  static async begin(): Promise<Morning> {
    const morning = new Morning();
    const { network } = morning;
    network.server.today = DAY;
    for (const code of ["UNKNOWN", "TEAM-X", "TNV-X"]) network.server.unknown.add(code);
    network.poison = (item) => item.type === "log" && item.service === "POISON";
    morning.tab = await Tab.open(network, { name: morning.name });
    morning.colleague = await Tab.open(network, { name: `${morning.name}-b` });
    await morning.open("TO-TT");
    return morning;
  }

  end(): void {
    this.tab.close();
    this.colleague.close();
  }

  async take(step: Step): Promise<void> {
    this.minute += 1;
    const shift = (await this.shifts()).at(-1);
    if (shift || !step.needsShift) await step.work(this, shift!);
    await this.isTrue();
  }

  shifts(): Promise<Shift[]> {
    return queue.shiftsOf(this.tab.db, "7", DAY);
  }

  ops(): Promise<Op[]> {
    return this.tab.db.getAll("ops");
  }

  // --- the leader ---------------------------------------------------------------------------------------------------
  open(team: string): Promise<void> {
    return queue.openShift(this.tab.db, this.tab.owner, sessionItem({ team, started_at: at(this.minute) }));
  }

  async join(): Promise<void> {
    const theirs = sessionItem({ started_at: at(this.minute) });
    this.network.server.receive(ELSEWHERE, [theirs]);
    await queue.adoptShift(this.tab.db, this.tab.owner, theirs);
  }

  tap(shift: Shift, { service, people, same }: { service: string; people: number; same: boolean }): Promise<void> {
    const same_visit = same && shift.last.length > 0 && people === 1;
    return this.record(logItem(shift.id, { service, people, same_visit, happened_at: at(this.minute) }));
  }

  async tick(shift: Shift, volunteer: string): Promise<void> {
    if (!shift.present[volunteer]) await this.record(tickItem(shift.id, volunteer));
  }

  private async record(item: Entry): Promise<void> {
    await queue.record(this.tab.db, this.tab.owner, item);
    this.done.set(item.id, item);
  }

  async undo(ids: string[], place: number, reason: string): Promise<void> {
    const target = pick(ids, place);
    if (!target) return;
    for (const id of await queue.undo(this.tab.db, this.tab.owner, target, reason)) this.undone.add(id);
  }

  close(shift: Shift, { minute, note }: { minute: number; note: string }): Promise<void> {
    return this.change(shift, { ended_at: at(this.minute + minute), note });
  }

  change(shift: Shift, change: queue.ShiftChange): Promise<void> {
    return queue.changeShift(this.tab.db, this.tab.owner, shift.id, change);
  }

  /** The ways out of the list of problems. */
  async refused({ place, how }: { place: number; how: string }): Promise<void> {
    const { db } = this.tab;
    const op = pick(await queue.refused(db, "7"), place);
    if (!op) return;
    if ((how === "again" || how === "anew") && (await this.isTicked(op.item))) {
      await (how === "anew" ? queue.anew(db, op.seq) : queue.retry(db, op.seq));
      this.done.delete(op.id); // ticked once more since: the other tick says it
    } else if (how === "drop") {
      await queue.drop(db, op.seq);
      this.done.delete(op.id);
      if (op.item.type === "void" && !isTakenBack(await this.ops(), op.item.target)) this.undone.delete(op.item.target);
    } else if (how === "anew") {
      const known = new Set((await this.ops()).map(({ id }) => id));
      await queue.anew(db, op.seq);
      const made = (await this.ops()).find(({ id }) => !known.has(id));
      if (made) this.done.delete(op.id);
      if (made) this.sentAgain(made.item);
    } else {
      const item = how === "mend" ? mended(op.item) : op.item;
      await queue.retry(db, op.seq, item);
      this.sentAgain(item);
    }
  }

  private async isTicked(item: Item): Promise<boolean> {
    if (item.type !== "attendance") return false;
    return item.volunteer in (await this.shifts()).find(({ id }) => id === item.session)!.present;
  }

  private sentAgain(item: Item): void {
    if (item.type === "log" || item.type === "attendance") this.done.set(item.id, item);
    if (item.type === "void") this.undone.add(item.target);
  }

  // --- the phone ----------------------------------------------------------------------------------------------------
  async send(faults: Fault[]): Promise<void> {
    this.network.faults = [...faults];
    await this.tab.send();
  }

  /** All that was in memory is gone. */
  async crash(): Promise<void> {
    this.tab.close();
    this.tab = await Tab.open(this.network, { name: this.name });
  }

  async twoTabs({ faults, locked }: { faults: Fault[]; locked: boolean }): Promise<void> {
    this.network.faults = [...faults];
    this.tab.close();
    const locks = locked ? (new Locks() as unknown as LockManager) : undefined;
    const other = await Tab.open(this.network, { name: this.name, locks });
    this.tab = await Tab.open(this.network, { name: this.name, locks });
    await Promise.all([this.tab.send(), other.send()]);
    other.close();
  }

  async compare(fresh = false): Promise<void> {
    const ask = async (device: string, day: string) => this.network.server.ledger(device, day);
    await compareLedgers(this.tab.db, this.tab.owner, ask, Date.now(), fresh);
  }

  /** The unsent entries go to a colleague, who may be the quicker one; by mistake they are brought in twice. */
  async rescue(): Promise<void> {
    const { db, owner } = this.tab;
    const who = { user: "7", name: "Lan", device: owner.device };
    const rescue = rescueOf(await unsent(db, "7"), who, at(this.minute));
    for (let time = 0; time < 2; time++) await bringIn(this.colleague.db, "7", rescue);
    await this.colleague.send();
  }

  // --- the server ---------------------------------------------------------------------------------------------------
  async closedElsewhere(shift: Shift, minute: number): Promise<void> {
    const held = this.network.server.sessions.get(shift.id);
    const ended_at = at(this.minute + minute + 0.5);
    if (!held) return;
    this.network.server.receive(ELSEWHERE, [{ ...held, ended_at }]);
    this.elsewhere.add(shift.id);
  }

  /** A fault of a program: other content under an id that this phone is sending. */
  async corrupt(place: number): Promise<void> {
    const sent = (await this.ops()).filter((op) => op.kind === "log" && op.state === "queued" && op.tries);
    const op = pick(sent, place);
    if (op) this.network.server.receive(op.device, [{ ...(op.item as LogItem), people: 499 }]);
  }

  /** A backup was brought back: what came since is gone, and the phones are all that has it. */
  async serverForgets(place: number): Promise<void> {
    const { server } = this.network;
    const op = pick((await this.ops()).filter(({ kind, state }) => kind === "log" && state === "stored"), place);
    if (!op || server.receipts.get(op.id)?.device !== op.device) return;
    server.receipts.delete(op.id);
    server.logs.delete(op.id);
  }

  /** The network is back, the server is mended, and the leader has looked at what was held. */
  async calm(): Promise<void> {
    const { network, tab } = this;
    network.faults = [];
    network.poison = () => false;
    network.deliverTwins();
    for (let round = 0; round < 12; round++) {
      await queue.release(tab.db, "7");
      await tab.send();
      await this.compare(true);
      const differs = Object.values(await agreements(tab.db, "7")).some(({ agrees }) => !agrees);
      if (!differs && !(await queue.counts(tab.db, "7")).unsent) break;
    }
    await tab.send();
    await this.compare(true);
  }

  // --- at any time --------------------------------------------------------------------------------------------------
  /** What was done and not undone is on the phone, and the figures are those of the entries. */
  private async isTrue(): Promise<void> {
    const ops = await this.ops();
    const ids = new Set(ops.map(({ id }) => id));
    const lost = [...this.done.keys()].filter((id) => !ids.has(id) && !this.undone.has(id));
    assert.deepEqual(lost, [], "lost on the phone");
    for (const shift of await this.shifts()) {
      const counted = ops.filter((op) => op.counted && op.session === shift.id).map(({ item }) => item as Entry);
      assert.deepEqual(shown(shift), figures(counted), "figures and entries");
    }
  }
}

const pick = <T>(list: T[], place: number): T | undefined => list[place % (list.length || 1)];

function mended(item: Item): Item {
  if (item.type === "log") return { ...item, service: "DVC-NOP" };
  if (item.type === "attendance") return { ...item, volunteer: `TNV-${item.id.slice(-4)}` };
  if (item.type === "session") return { ...item, note: "", team: item.team === "TEAM-X" ? "TO-TT" : item.team };
  return { ...item, reason: "Ghi nhầm" };
}

const isRefused = (op: Op): boolean => queue.REFUSED.includes(op.state);
/** Refused, or refused and dropped. */
const isGivenUp = (ops: Op[], shift: string): boolean =>
  ops.every((op) => op.kind !== "session" || op.id !== shift || isRefused(op));
const isTakenBack = (ops: Op[], target: string): boolean =>
  ops.some((op) => op.item.type === "void" && op.item.target === target && !isRefused(op));

// --- the figures, counted anew --------------------------------------------------------------------------------------
function figures(items: Entry[]) {
  const logs = items.filter((item): item is LogItem => item.type === "log");
  const by_service: Record<string, number> = {};
  for (const { service, people } of logs) by_service[service] = (by_service[service] ?? 0) + people;
  const sum = (each: LogItem[]) => each.reduce((total, { people }) => total + people, 0);
  const present = items.flatMap((item) => (item.type === "attendance" ? item.volunteer : [])).sort();
  const turns = sum(logs);
  return { people: sum(logs.filter((log) => !log.same_visit)), turns, hours: turns, by_service, present };
}

function shown({ people, turns, by_hour, by_service, present }: Shift): ReturnType<typeof figures> {
  const hours = Object.values(by_hour).reduce((total, each) => total + each, 0);
  return { people, turns, hours, by_service, present: Object.keys(present).sort() };
}

// --- at the end -----------------------------------------------------------------------------------------------------
export async function agree(morning: Morning): Promise<void> {
  const { network: { server }, tab } = morning;
  const ops = await morning.ops();
  // Of a shift that the server will not have, nothing can arrive.
  const shifts = await morning.shifts();
  const lost = new Set(shifts.map(({ id }) => id).filter((id) => !server.sessions.has(id) && isGivenUp(ops, id)));
  const waiting = ops.filter((op) => queue.UNSENT.includes(op.state) && !lost.has(op.session));
  assert.deepEqual(waiting, [], "unsent");

  const aside = new Set(ops.filter((op) => isRefused(op) || op.state === "dropped").map(({ id }) => id));
  const live = (id: string) => server.live(id, tab.owner.device).filter((item) => !aside.has(item.id));
  const expected = standing(morning, ops).filter(
    ({ id, session }) => !aside.has(id) && (!lost.has(session) || server.receipts.has(id)),
  );
  const plain = (items: Item[]) => items.map((item) => JSON.stringify(item)).sort();
  assert.deepEqual(plain(shifts.flatMap(({ id }) => live(id))), plain(expected), "what was done is there, and once");

  for (const shift of shifts.filter(({ id }) => !lost.has(id))) {
    assert.deepEqual(shown(shift), figures(live(shift.id)), "the phone shows what the server counts");
    if (shift.ended_at && !morning.elsewhere.has(shift.id) && !aside.has(shift.id)) {
      const { ended_at, note } = server.sessions.get(shift.id)!;
      assert.deepEqual([Date.parse(ended_at!), note], [Date.parse(shift.ended_at), shift.note], "closed as it is shown");
    }
  }
  const found = Object.values(await agreements(tab.db, "7"));
  assert.deepEqual(found.filter(({ agrees }) => !agrees), [], "ledgers");
}

/** What was done, less what was undone; where a void is refused, the line stands, if it was not refused itself. */
function standing({ done, undone }: Morning, ops: Op[]): Entry[] {
  const gone = new Set(undone);
  for (const op of ops.filter(isRefused)) {
    if (op.item.type !== "void") continue;
    const { target } = op.item;
    if (!isTakenBack(ops, target) && ops.some(({ id }) => id === target)) gone.delete(target);
  }
  return [...done.values()].filter(({ id }) => !gone.has(id));
}


/** Whether anything is missing, day by day; and what may be forgotten. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agreements, compareLedgers, daysToCompare, makeRoom, ownLedger, reconcile, type Agreement,
} from "../src/ledger";
import * as queue from "../src/queue";
import { bringIn, rescueOf, unsent } from "../src/rescue";
import { at, DAY, EARLIER, logItem, Network, ops, sessionItem, states, Tab } from "./support";

const HOUR = 3600_000;
const WEEK = 7 * 24 * HOUR;
const ELSEWHERE = "0190f0de-0000-7000-8000-0000000000ff";

async function sent(lines = 3) {
  const network = new Network();
  const tab = await Tab.open(network);
  const { db, owner } = tab;
  const session = sessionItem();
  await queue.openShift(db, owner, session);
  const items = Array.from({ length: lines }, () => logItem(session.id));
  for (const item of items) await queue.record(db, owner, item);
  await tab.send();
  const { server } = network;
  const ask = async (device: string, day: string) => server.ledger(device, day);
  const forget = (id: string) => server.receipts.delete(id) && server.logs.delete(id);
  const found = async (): Promise<Agreement> => (await agreements(db, "7"))[DAY]!;
  return { network, server, tab, db, owner, session, items, ask, forget, found };
}

test("after sending, phone and server hold the same", async () => {
  const { found } = await sent();
  const { mine, servers, agrees } = await found();
  assert.deepEqual({ mine, servers, agrees }, { mine: 4, servers: 4, agrees: true });
});

test("what the server lost is sent again, and the difference is gone", async () => {
  const { tab, db, owner, server, items, ask, forget, found } = await sent();
  forget(items[1]!.id);
  assert.equal(await compareLedgers(db, owner, ask, Date.now(), true), true);
  assert.deepEqual([(await found()).mine, (await found()).servers, (await found()).agrees], [4, 3, false]);
  await tab.send();
  assert.deepEqual([server.logs.size, (await found()).agrees, (await queue.counts(db, "7")).unsent], [3, true, 0]);
});

test("a difference that sending again does not mend is sent again the next day, not without end", async () => {
  const { network, tab, db, owner, session, ask, server, found } = await sent();
  // From this device, and not known to it: a phone that was brought back from a copy.
  server.receive(owner.device, [logItem(session.id)]);
  const now = Date.now();
  assert.equal(await compareLedgers(db, owner, ask, now, true), true);
  for (let runs = 0; runs < 5; runs++) await tab.send();
  assert.deepEqual([(await found()).agrees, network.posts], [false, 2]);
  assert.equal(await compareLedgers(db, owner, ask, now + 25 * HOUR), true);
});

test("of a shift the later close holds, whoever's it is; one that another phone opened is not ours", async () => {
  const { tab, db, owner, server, session, ask, found } = await sent();
  await queue.changeShift(db, owner, session.id, { ended_at: at(100) });
  await tab.send();
  server.receive(ELSEWHERE, [{ ...session, ended_at: at(120) }]);
  const theirs = sessionItem();
  server.receive(ELSEWHERE, [theirs]);
  await queue.adoptShift(db, owner, theirs);
  await queue.changeShift(db, owner, theirs.id, { ended_at: at(90) });
  await queue.record(db, owner, logItem(theirs.id));
  await tab.send();
  await compareLedgers(db, owner, ask, Date.now(), true);
  await tab.send();
  assert.deepEqual([(await found()).agrees, server.sessions.get(theirs.id)!.ended_at], [true, at(90)]);
});

test("each version of a closed shift is one entry of the ledger", async () => {
  const { tab, db, owner, session, server } = await sent(0);
  await queue.changeShift(db, owner, session.id, { ended_at: at(100) });
  await tab.send();
  assert.deepEqual((await ops(tab)).length, 2);
  const { count, digest } = await ownLedger(db, "7", owner.device, DAY);
  assert.deepEqual({ count, digest }, (({ count, digest }) => ({ count, digest }))(server.ledger(owner.device, DAY)));
});

test("a day is compared at first, after changes within an hour or so, and every day", async () => {
  const { tab, db, owner, session } = await sent();
  const now = Date.now();
  assert.deepEqual(await daysToCompare(db, owner, now), []);
  await queue.record(db, owner, logItem(session.id));
  await tab.send();
  assert.deepEqual(await daysToCompare(db, owner, now), []);
  assert.deepEqual(await daysToCompare(db, owner, now + 2 * HOUR), [DAY]);
  assert.deepEqual(await daysToCompare(db, owner, now + 25 * HOUR), [DAY]);
  assert.deepEqual(await daysToCompare(db, owner, now, true), [DAY]);
});

test("while another tab is sending, nothing is concluded", async () => {
  const { db, owner, server, session, found } = await sent();
  const { at: before } = await found();
  const meanwhile = async (device: string, day: string) => {
    const late = logItem(session.id);
    await queue.record(db, owner, late);
    const op = (await db.getAll("ops")).find(({ id }) => id === late.id)!;
    await db.put("ops", { ...op, state: "stored", tries: 1 });
    return server.ledger(device, day);
  };
  assert.equal(await reconcile(db, owner, DAY, meanwhile, Date.now() + 1), null);
  assert.equal((await found()).at, before);
});

test("without an answer nothing is concluded", async () => {
  const { db, owner } = await sent();
  assert.equal(await reconcile(db, owner, DAY, async () => null, 1), null);
});

// --- forgetting -----------------------------------------------------------------------------------------------------
test("what is stored and agreed is forgotten after a week, with its closed shift", async () => {
  const { tab, db, owner, session, ask } = await sent();
  await queue.changeShift(db, owner, session.id, { ended_at: at(100) });
  await tab.send();
  const now = Date.now();
  await compareLedgers(db, owner, ask, now + WEEK - HOUR, true);
  assert.equal((await ops(tab)).length, 5);
  await compareLedgers(db, owner, ask, now + WEEK + 25 * HOUR);
  assert.deepEqual([await ops(tab), await queue.shiftOf(db, "7", session.id)], [[], undefined]);
  assert.deepEqual(await daysToCompare(db, owner, now + 3 * WEEK, true), []);
});

test("what was brought in for another phone is forgotten like the phone's own", async () => {
  const network = new Network();
  const [tab, colleague] = [await Tab.open(network), await Tab.open(network)];
  await queue.openShift(tab.db, tab.owner, sessionItem());
  const rescue = rescueOf(await unsent(tab.db, "7"), { user: "7", name: "Lan", device: tab.owner.device }, at(1));
  await bringIn(colleague.db, "7", rescue);
  await colleague.send();
  assert.deepEqual(await states(colleague), ["session stored"]);
  const ask = async (device: string, day: string) => network.server.ledger(device, day);
  await compareLedgers(colleague.db, colleague.owner, ask, Date.now() + WEEK + 25 * HOUR);
  assert.deepEqual(await states(colleague), []);
});

test("on a full disk nothing is lost, and what the server holds for certain makes room", async (t) => {
  const { tab, db, owner, ask, unsentNow } = await fullDisk();
  const put = t.mock.method(IDBObjectStore.prototype, "put", () => {
    throw new DOMException("full", "QuotaExceededError");
  });
  const log = t.mock.method(console, "error", () => undefined);
  await assert.rejects(queue.record(db, owner, logItem((await queue.shiftsOf(db, "7", DAY))[0]!.id)), /full/);
  assert.equal(await tab.send(), "waiting");
  assert.equal(await unsentNow(), 2);
  put.mock.restore();
  assert.ok(log.mock.callCount() >= 1);
  await makeRoom(db, "7", Date.now());
  // Of the old shift nothing is left; the one that is unsent is whole.
  assert.deepEqual(await states(tab), ["session queued", "log queued"]);
  assert.equal(await tab.send(), "idle");
  assert.equal(await compareLedgers(db, owner, ask, Date.now(), true), false);
});

/** A shift of yesterday that is agreed upon, and one of today that is unsent. */
async function fullDisk() {
  const network = new Network();
  const tab = await Tab.open(network);
  const { db, owner } = tab;
  const before = sessionItem({ day: EARLIER });
  await queue.openShift(db, owner, before);
  await queue.record(db, owner, logItem(before.id));
  await tab.send();
  const today = sessionItem();
  await queue.openShift(db, owner, today);
  await queue.record(db, owner, logItem(today.id));
  const ask = async (device: string, day: string) => network.server.ledger(device, day);
  const unsentNow = async () => (await queue.counts(db, "7")).unsent;
  return { tab, db, owner, ask, unsentNow };
}

test("a day on which one entry is unsent, refused, or not agreed upon is kept", async () => {
  const { tab, db, owner, server, session, ask } = await sent(1);
  server.unknown.add("HET-HAN");
  await queue.record(db, owner, logItem(session.id, { service: "HET-HAN" }));
  await tab.send();
  await compareLedgers(db, owner, ask, Date.now() + 2 * WEEK);
  assert.deepEqual(await states(tab), ["session stored", "log stored", "log rejected"]);
  await queue.drop(db, (await queue.refused(db, "7"))[0]!.seq);
  server.receive(owner.device, [logItem(session.id)]);
  await compareLedgers(db, owner, ask, Date.now() + 3 * WEEK);
  assert.equal((await ops(tab)).length, 2);
});

/** What is done on the phone: FIELD_APP §3. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { take } from "../src/outbox";
import * as queue from "../src/queue";
import { deviceOf, openStore } from "../src/store";
import type { SessionItem } from "../src/wire";
import { at, DAY, logItem, Network, ops, sessionItem, states, Tab, tickItem } from "./support";

async function opened(fields: Partial<SessionItem> = {}) {
  const tab = await Tab.open(new Network());
  const session = sessionItem(fields);
  await queue.openShift(tab.db, tab.owner, session);
  const { db, owner } = tab;
  const shift = async () => (await queue.shiftOf(db, owner.user, session.id))!;
  const tap = async (more = {}) => {
    const item = logItem(session.id, more);
    await queue.record(db, owner, item);
    return item.id;
  };
  return { tab, db, owner, session, shift, tap };
}

test("a tap is one entry, and counts in the shift by service and by hour", async () => {
  const { tab, shift, tap } = await opened();
  await tap();
  await tap({ service: "VNEID", people: 3, happened_at: at(60) });
  const { people, turns, by_service, by_hour } = await shift();
  assert.deepEqual([people, turns, by_service, by_hour], [4, 4, { "DVC-NOP": 1, VNEID: 3 }, { "7": 1, "8": 3 }]);
  assert.deepEqual(await states(tab), ["session queued", "log queued", "log queued"]);
});

test("the same citizen again is another turn, and not another person", async () => {
  const { shift, tap } = await opened();
  await tap();
  await tap({ same_visit: true, service: "VNEID" });
  assert.deepEqual([(await shift()).people, (await shift()).turns], [1, 2]);
});

test("a shift asked for twice is opened once, an entry recorded twice is one", async () => {
  const { tab, db, owner, session, shift } = await opened();
  await queue.openShift(db, owner, session);
  const item = logItem(session.id);
  await queue.record(db, owner, item);
  await queue.record(db, owner, item);
  assert.deepEqual([(await ops(tab)).length, (await shift()).turns], [2, 1]);
});

test("an entry of no known shift is not half recorded", async () => {
  const { tab, db, owner } = await opened();
  await assert.rejects(queue.record(db, owner, logItem("nowhere")), /no shift/);
  assert.deepEqual(await states(tab), ["session queued"]);
});

test("a write that fails leaves figures and entries as they were, and the next one works", async () => {
  const { tab, db, owner, session, shift, tap } = await opened();
  const broken = { ...logItem(session.id), beneficiary: (() => 0) as unknown as string }; // cannot be stored
  await assert.rejects(queue.record(db, owner, broken));
  assert.deepEqual([(await shift()).turns, await states(tab)], [0, ["session queued"]]);
  await tap();
  assert.equal((await shift()).turns, 1);
});

test("undo of what was never sent removes it; of what may have been sent, it is taken back", async () => {
  const { tab, db, owner, shift, tap } = await opened();
  const [first, second] = [await tap(), await tap()];
  assert.deepEqual(await queue.undo(db, owner, first, "Ghi nhầm"), [first]);
  assert.deepEqual(await states(tab), ["session queued", "log queued"]);
  await take(db, owner.user);
  assert.deepEqual(await queue.undo(db, owner, second, "Ghi nhầm"), [second]);
  assert.deepEqual(await states(tab), ["session queued", "log queued", "void queued"]);
  assert.deepEqual([(await shift()).people, (await shift()).last], [0, []]);
});

test("undo twice takes back once", async () => {
  const { tab, db, owner, shift, tap } = await opened();
  const id = await tap();
  await take(db, owner.user);
  await Promise.all([queue.undo(db, owner, id, "Ghi nhầm"), queue.undo(db, owner, id, "Ghi nhầm")]);
  assert.deepEqual([(await states(tab)).length, (await shift()).turns], [3, 0]);
});

test("undo of a citizen's first service takes the further ones along, and no one else's", async () => {
  const { db, owner, shift, tap } = await opened();
  const base = await tap();
  const more = await tap({ same_visit: true });
  await tap();
  await tap({ same_visit: true });
  assert.deepEqual(await queue.undo(db, owner, base, "Ghi nhầm"), [base, more]);
  assert.deepEqual([(await shift()).people, (await shift()).turns], [1, 2]);
});

test("a citizen's further service belongs to the last one that stands", async () => {
  const { db, owner, shift, tap } = await opened();
  const base = await tap();
  const wrong = await tap();
  await take(db, owner.user);
  await queue.undo(db, owner, wrong, "Ghi nhầm");
  const more = await tap({ same_visit: true });
  assert.deepEqual(await queue.undo(db, owner, base, "Ghi nhầm"), [base, more]);
  assert.deepEqual([(await shift()).people, (await shift()).turns], [0, 0]);
});

test("undo of a further service leaves the citizen", async () => {
  const { db, owner, shift, tap } = await opened();
  await tap();
  const more = await tap({ same_visit: true });
  assert.deepEqual(await queue.undo(db, owner, more, "Ghi nhầm"), [more]);
  assert.deepEqual([(await shift()).people, (await shift()).turns], [1, 1]);
});

test("a shift is no line: undo does not take it back", async () => {
  const { tab, db, owner, session } = await opened();
  assert.deepEqual(await queue.undo(db, owner, session.id, "Ghi nhầm"), []);
  assert.deepEqual(await states(tab), ["session queued"]);
});

test("a tick and its undo", async () => {
  const { tab, db, owner, session, shift } = await opened();
  const tick = tickItem(session.id);
  await queue.record(db, owner, tick);
  assert.deepEqual((await shift()).present, { "TNV-1": tick.id });
  await queue.undo(db, owner, tick.id, "Nhầm");
  assert.deepEqual([(await shift()).present, await states(tab)], [{}, ["session queued"]]);
});

// --- closing --------------------------------------------------------------------------------------------------------
const versions = async (tab: Tab) =>
  (await ops(tab)).flatMap(({ item }) => (item.type === "session" ? [[item.ended_at, item.note]] : []));

test("a shift that was never sent is closed in its own entry", async () => {
  const { tab, db, owner, session } = await opened();
  await queue.changeShift(db, owner, session.id, { ended_at: at(90), note: "Xong" });
  assert.deepEqual(await versions(tab), [[at(90), "Xong"]]);
});

test("a shift that may have been sent is closed by a second entry under its id", async () => {
  const { tab, db, owner, session } = await opened();
  await take(db, owner.user);
  await queue.changeShift(db, owner, session.id, { ended_at: at(90) });
  await queue.changeShift(db, owner, session.id, { ended_at: at(95) });
  assert.deepEqual(await versions(tab), [[null, ""], [at(95), ""]]);
});

test("a note on an open shift that was sent waits for the close: alone it would be a conflict", async () => {
  const { tab, db, owner, session } = await opened();
  await take(db, owner.user);
  await queue.changeShift(db, owner, session.id, { note: "Đông" });
  assert.deepEqual(await versions(tab), [[null, ""]]);
  await queue.changeShift(db, owner, session.id, { ended_at: at(90) });
  assert.deepEqual(await versions(tab), [[null, ""], [at(90), "Đông"]]);
});

test("a correction of a close that was sent ends later, since the server takes nothing else", async () => {
  const { tab, db, owner, session } = await opened();
  await queue.changeShift(db, owner, session.id, { ended_at: at(90) });
  await take(db, owner.user);
  await queue.changeShift(db, owner, session.id, { ended_at: at(60), note: "Sửa" });
  const later = new Date(Date.parse(at(90)) + 1).toISOString();
  assert.deepEqual(await versions(tab), [[at(90), ""], [later, "Sửa"]]);
});

// --- of whom it is --------------------------------------------------------------------------------------------------
test("two leaders on one phone have devices and views of their own", async () => {
  const { tab, db, session, tap, shift } = await opened();
  await tap();
  const other = { user: "8", device: await deviceOf(db, "8") };
  assert.notEqual(other.device, tab.owner.device);
  await queue.adoptShift(db, other, session);
  await queue.record(db, other, logItem(session.id));
  assert.deepEqual([(await shift()).turns, (await queue.shiftOf(db, "8", session.id))!.turns], [1, 1]);
  assert.deepEqual((await take(db, "8")).map(({ kind, user }) => `${kind} ${user}`), ["log 8"]);
  assert.deepEqual([...(await queue.unsentOfOthers(db, "8"))], [["7", 2]]);
  assert.deepEqual(await queue.counts(db, "8"), { unsent: 1, held: 0, refused: 0 });
});

test("the device of a user stays, however many tabs ask first", async () => {
  const [one, two] = [await openStore("shared"), await openStore("shared")];
  const devices = await Promise.all([deviceOf(one, "7"), deviceOf(two, "7"), deviceOf(one, "7")]);
  assert.equal(new Set(devices).size, 1);
});

test("an older tab lets the database go, and is told so", async () => {
  let lost = false;
  await openStore("upgraded", () => (lost = true));
  await new Promise<void>((done) => {
    indexedDB.open("upgraded", 2).onsuccess = (event) => {
      (event.target as IDBOpenDBRequest).result.close();
      done();
    };
  });
  assert.equal(lost, true);
});

test("shifts of the day come in the order of their beginning", async () => {
  const { db, owner, session } = await opened();
  const early = sessionItem({ started_at: at(-60) });
  await queue.openShift(db, owner, early);
  assert.deepEqual((await queue.shiftsOf(db, "7", DAY)).map(({ id }) => id), [early.id, session.id]);
});

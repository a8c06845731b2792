/** The next card of a team on the same phone goes on with what the one before has left there; of another team it does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Phone } from "../src/after";
import { answersOf, keepAnswer } from "../src/answers";
import { Clock } from "../src/clock";
import { goOnForCardBefore, takeOver, usersWithWork, type Former } from "../src/former";
import { ownLedger } from "../src/ledger";
import { keepPhoto, photosWaiting, settlePhoto } from "../src/photos";
import * as queue from "../src/queue";
import { hold, take } from "../src/outbox";
import { bringIn, rescueOf, unsent } from "../src/rescue";
import { write } from "../src/store";
import { at, DAY, logItem, Network, phone, sessionItem, Tab, tickItem } from "./support";

const OLD = "7";
const NEW = "8";
const FORMER: Former = { user: OLD, team: "TO-TT" };

/** A phone with a shift of the old card, of which nothing is sent, and its next card. */
async function handedOn(name: string, lines = 3) {
  const old = await phone(lines, { name });
  const network = new Network();
  network.account = { id: NEW, name: "Máy (thẻ 2)" };
  const tab = await Tab.open(network, { name, user: NEW });
  return { ...old, old: old.tab, network, server: network.server, tab, db: tab.db };
}

const shiftOf = async (tab: Tab, id: string) => (await queue.shiftOf(tab.db, NEW, id))!;

test("the old card's entries arrive once, from the phone's old device, and the new card's figures hold them", async () => {
  const { old, tab, db, server, session } = await handedOn("once");
  assert.equal(await tab.send(), "idle");
  assert.equal(server.receipts.size, 0);
  assert.equal(await takeOver(db, NEW, FORMER), 4);
  assert.equal(await takeOver(db, NEW, FORMER), 0);
  assert.deepEqual([(await shiftOf(tab, session.id)).people, await queue.shiftOf(db, OLD, session.id)], [3, undefined]);
  assert.equal(await tab.send(), "idle");
  assert.deepEqual(await queue.counts(db, NEW), { unsent: 0, held: 0, refused: 0 });
  assert.equal(server.live(session.id, old.owner.device).length, 3);
  assert.deepEqual([...new Set([...server.receipts.values()].map(({ device }) => device))], [old.owner.device]);
});

test("what was sent before, and the answer was lost, is replayed", async () => {
  const { old, tab, db, server, session } = await handedOn("replayed");
  const batch = await take(db, OLD);
  server.receive(old.owner.device, batch.map(({ item }) => item));
  assert.equal(await takeOver(db, NEW, FORMER), 4);
  await tab.send();
  assert.equal(server.live(session.id, old.owner.device).length, 3);
  assert.ok((await db.getAll("ops")).every(({ state, user }) => state === "stored" && user === NEW));
});

test("entries of another team stay with their user, and nothing of them is shown or sent", async () => {
  const { tab, db, server, session } = await handedOn("foreign");
  const before = await db.getAll("ops");
  assert.equal(await takeOver(db, NEW, { user: OLD, team: "TO-VL" }), 0);
  await tab.send();
  assert.deepEqual([await db.getAll("ops"), server.receipts.size], [before, 0]);
  assert.deepEqual([await queue.shiftOf(db, NEW, session.id), await queue.shiftsOf(db, NEW, DAY)], [undefined, []]);
  assert.deepEqual([...(await queue.unsentOfOthers(db, NEW))], [[OLD, 4]]);
});

test("of two teams' shifts of one user, those of the named team go on", async () => {
  const { db, owner, session } = await handedOn("two teams", 1);
  const foreign = sessionItem({ team: "TO-VL" });
  await queue.openShift(db, owner, foreign);
  await queue.record(db, owner, logItem(foreign.id));
  assert.equal(await takeOver(db, NEW, FORMER), 2);
  const owners = new Map((await db.getAll("ops")).map(({ session: of, user }) => [of, user]));
  assert.deepEqual([owners.get(session.id), owners.get(foreign.id)], [NEW, OLD]);
});

test("entries whose shift this phone does not know stay where they are", async () => {
  const { db, session, owner } = await handedOn("unknown", 0);
  const elsewhere = logItem(sessionItem().id);
  await bringIn(db, OLD, { ...rescueOf([], { user: "9", name: "Lan", device: owner.device }, at(0)), ops: [{ item: elsewhere, session: elsewhere.session, day: DAY }] });
  assert.equal(await takeOver(db, NEW, FORMER), 1);
  assert.deepEqual((await db.getAll("ops")).map((op) => [op.session === session.id, op.user]), [[true, NEW], [false, OLD]]);
});

test("the new card mends, undoes and closes what the old one began, and the books agree", async () => {
  const { old, tab, db, server, session, items } = await handedOn("goes on");
  await takeOver(db, NEW, FORMER);
  await tab.send();
  await queue.undo(db, tab.owner, items[0]!.id, "Ghi nhầm");
  await queue.record(db, tab.owner, logItem(session.id));
  await queue.record(db, tab.owner, tickItem(session.id));
  await queue.changeShift(db, tab.owner, session.id, { ended_at: at(90) });
  assert.equal(await tab.send(), "idle");
  assert.equal(server.sessions.get(session.id)!.ended_at, at(90));
  assert.deepEqual([server.live(session.id, old.owner.device).length, server.live(session.id, tab.owner.device).length], [2, 2]);
  const { count, digest } = await ownLedger(db, NEW, tab.owner.device, DAY);
  const theirs = server.ledger(tab.owner.device, DAY);
  assert.deepEqual([count, digest], [theirs.count, theirs.digest]);
});

test("a shift that the new card has gone on with already is one shift with the figures of both", async () => {
  const { tab, db, session } = await handedOn("both");
  await queue.adoptShift(db, tab.owner, session);
  await queue.record(db, tab.owner, logItem(session.id, { people: 2 }));
  await queue.record(db, tab.owner, tickItem(session.id));
  await takeOver(db, NEW, FORMER);
  const { people, turns, by_service, present, last, adopted } = await shiftOf(tab, session.id);
  assert.deepEqual([people, turns, by_service, Object.keys(present), last.length, adopted], [5, 5, { "DVC-NOP": 5 }, ["TNV-1"], 4, false]);
});

test("an entry that came in by a rescue as well is there once", async () => {
  const { tab, db, owner, session, server } = await handedOn("rescued");
  const rescue = rescueOf(await unsent(db, OLD), { user: OLD, name: "Máy (thẻ 1)", device: owner.device }, at(60));
  assert.equal(await bringIn(db, NEW, rescue), 4);
  assert.equal(await takeOver(db, NEW, FORMER), 4);
  assert.equal((await db.getAll("ops")).length, 4);
  await tab.send();
  assert.equal(server.live(session.id, owner.device).length, 3);
  assert.equal((await shiftOf(tab, session.id)).people, 3);
});

test("what was set aside is tried once more, and what was refused is shown", async () => {
  const { tab, db } = await handedOn("set aside");
  const [, first, second] = await db.getAll("ops");
  await hold(db, first!.seq, { code: "http_500", detail: "" });
  await db.put("ops", { ...second!, state: "rejected", counted: false });
  assert.equal(await takeOver(db, NEW, FORMER), 3);
  assert.deepEqual(await queue.counts(db, NEW), { unsent: 3, held: 0, refused: 1 });
  assert.deepEqual((await queue.refused(db, NEW)).map(({ id }) => id), [second!.id]);
  await tab.send();
});

test("photos and answers to staff go along; what the new card has answered itself stands", async () => {
  const { db, session } = await handedOn("answers", 0);
  const other = sessionItem();
  await queue.openShift(db, { user: OLD, device: "d" }, other);
  const answer = (id: string, text: string) => ({ session: id, returned_at: at(200), text, state: "queued" as const, error: "" });
  for (const { id } of [session, other]) await keepAnswer(db, OLD, answer(id, "Đã sửa"));
  await keepAnswer(db, NEW, answer(other.id, "Đông thật"));
  await keepPhoto(db, OLD, session.id, new ArrayBuffer(8));
  const sent = await keepPhoto(db, OLD, session.id, new ArrayBuffer(8));
  await settlePhoto(db, sent, "stored");
  // Two shifts, a photo and an answer.
  assert.equal(await takeOver(db, NEW, FORMER), 4);
  assert.deepEqual([await photosWaiting(db, OLD), await photosWaiting(db, NEW)], [0, 1]);
  const texts = Object.fromEntries((await answersOf(db, NEW)).map(({ session: of, text }) => [of, text]));
  assert.deepEqual(texts, { [session.id]: "Đã sửa", [other.id]: "Đông thật" });
});

test("an answer of the server that is still on its way finds its entries", async () => {
  const { db, tab, server, owner } = await handedOn("on its way", 1);
  const { settle } = await import("../src/outbox");
  const { digestOf } = await import("../src/wire");
  const batch = await take(db, OLD);
  const results = server.receive(owner.device, batch.map(({ item }) => item));
  await takeOver(db, NEW, FORMER);
  await settle(db, batch, results, await Promise.all(batch.map(({ item }) => digestOf(item))), 1);
  assert.deepEqual((await db.getAll("ops")).map(({ user, state }) => `${user} ${state}`), ["8 stored", "8 stored"]);
  await tab.send();
});

// --- asking the server -----------------------------------------------------------------------------------------------
function asking(db: Tab["db"], answers: (() => Response)[]) {
  const asked: string[] = [];
  const runner = { fetch: async (url: string) => (asked.push(url), answers.shift()!()) };
  return { asked, phone: { db, clock: new Clock(), runner: () => runner } as unknown as Phone, account: { id: NEW, name: "", csrf: "" } };
}
const says = (former: Former[]) => () => new Response(JSON.stringify({ former }));

test("the server is asked of those alone who have left something, and once when it says no", async () => {
  const { db } = await handedOn("asked");
  await write(db, "users", { [OLD]: "Máy (thẻ 1)", [NEW]: "Máy (thẻ 2)", "5": "Cán bộ" });
  assert.deepEqual(await usersWithWork(db, NEW), [OLD]);
  const { asked, phone: of, account } = asking(db, [() => new Response("<html>Chào mừng</html>"), () => new Response("", { status: 404 }), says([])]);
  for (let turn = 0; turn < 4; turn++) assert.equal(await goOnForCardBefore(of, account), null);
  assert.deepEqual(asked, Array(3).fill("/field/api/former/?user=7"));
  assert.deepEqual([...(await queue.unsentOfOthers(db, NEW))], [[OLD, 4]]);
});

test("of whom the server does not name nothing is taken, nor of whom it was not asked", async () => {
  const { db } = await handedOn("named");
  const { phone: of, account } = asking(db, [says([{ user: "99", team: "TO-TT" }])]);
  assert.equal(await goOnForCardBefore(of, account), null);
  assert.ok((await db.getAll("ops")).every(({ user }) => user === OLD));
});

test("what goes on was recorded by the clock as it is known now", async () => {
  const { db, tab, items } = await handedOn("clock");
  for (const op of await db.getAll("ops")) await db.put("ops", { ...op, made_at: Date.parse(at(10)), item: op.kind === "log" ? { ...op.item, happened_at: at(10) } as typeof op.item : op.item });
  const { phone: of, account } = asking(db, [says([FORMER])]);
  of.clock = new Clock(24 * 3600_000);
  assert.equal(await goOnForCardBefore(of, account), 4);
  const [, first] = await db.getAll("ops");
  assert.equal(new Date((first!.item as (typeof items)[0]).happened_at).getTime(), Date.parse(at(10)) + 24 * 3600_000);
  void tab;
});

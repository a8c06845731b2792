/** What the server says of each entry, and what becomes of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agreements, compareLedgers } from "../src/ledger";
import { settle, take } from "../src/outbox";
import * as queue from "../src/queue";
import { unsent } from "../src/rescue";
import { digestOf, type LogItem } from "../src/wire";
import { at, DAY, logItem, phone, sessionItem, states, tickItem } from "./support";

test("what is refused is told in the server's words, and counts again when it is mended", async () => {
  const { server, tab, db, session } = await phone(1);
  server.unknown.add("HET-HAN");
  await queue.record(db, tab.owner, logItem(session.id, { service: "HET-HAN", people: 5 }));
  await tab.send();
  const [problem] = await queue.refused(db, "7");
  assert.equal(problem!.errors[0]!.detail, "unknown_service: xem lại");
  assert.equal((await queue.shiftOf(db, "7", session.id))!.turns, 1);
  await queue.retry(db, problem!.seq, { ...(problem!.item as LogItem), service: "DVC-NOP" });
  assert.equal((await queue.shiftOf(db, "7", session.id))!.turns, 6);
  await tab.send();
  assert.deepEqual([await queue.refused(db, "7"), server.logs.get(problem!.id)!.people], [[], 5]);
});

test("an entry that is refused after it was taken back is gone without a trace", async () => {
  const { network, server, tab, db, session } = await phone(0);
  server.unknown.add("HET-HAN");
  const item = logItem(session.id, { service: "HET-HAN", people: 5 });
  await queue.record(db, tab.owner, item);
  network.faults = ["502"];
  await tab.send();
  await queue.undo(db, tab.owner, item.id, "Ghi nhầm");
  await tab.send();
  assert.deepEqual([await states(tab), server.voids.size], [["session stored"], 0]);
  assert.deepEqual((await queue.shiftOf(db, "7", session.id))!.turns, 0);
});

test("a void that is refused after its line was troubles nobody: there is nothing left to take back", async () => {
  const { server, tab, db, session } = await phone(0);
  server.unknown.add("HET-HAN");
  const item = logItem(session.id, { service: "HET-HAN" });
  await queue.record(db, tab.owner, item);
  await unsent(db, "7"); // a rescue takes the line along, and then its void: the server may have had both
  await queue.undo(db, tab.owner, item.id, "nhầm 0912345678");
  await unsent(db, "7");
  await tab.send();
  assert.deepEqual([await states(tab), server.voids.size], [["session stored"], 0]);
  assert.deepEqual(await queue.refused(db, "7"), []);
});

test("a void that a rescue has brought there is acknowledged, though its tick waits for a shift that is refused", async () => {
  const { server, tab, db, owner } = await phone(0);
  server.unknown.add("TEAM-X");
  server.today = DAY;
  const session = sessionItem({ team: "TEAM-X" });
  const tick = tickItem(session.id);
  await queue.openShift(db, owner, session);
  await queue.record(db, owner, tick);
  await tab.send();
  await unsent(db, "7"); // the tick leaves by a rescue, and then its void: only the void is taken
  await queue.undo(db, owner, tick.id, "Nhầm");
  for (const { item } of await unsent(db, "7")) server.receive(owner.device, [item]);
  await tab.send();
  assert.deepEqual(await states(tab), ["session stored", "session rejected", "attendance queued", "void stored"]);
  await compareLedgers(db, owner, async (device, day) => server.ledger(device, day), Date.now(), true);
  assert.deepEqual(Object.values(await agreements(db, "7")).map(({ agrees, mine }) => [agrees, mine]), [[true, 2]]);
});

test("a void that is refused leaves the line standing", async () => {
  const { tab, db, items, session } = await phone(1);
  await tab.send();
  await queue.undo(db, tab.owner, items[0]!.id, "nhầm 0912345678");
  assert.equal((await queue.shiftOf(db, "7", session.id))!.turns, 0);
  await tab.send();
  assert.equal((await queue.shiftOf(db, "7", session.id))!.turns, 1);
  assert.deepEqual(await states(tab), ["session stored", "log stored", "void rejected"]);
});

test("who is ticked off and on again is present once", async () => {
  const { network, server, tab, db, session } = await phone(0);
  const first = tickItem(session.id);
  await queue.record(db, tab.owner, first);
  network.faults = ["lost"];
  await tab.send();
  await queue.undo(db, tab.owner, first.id, "Nhầm");
  const second = tickItem(session.id);
  await queue.record(db, tab.owner, second);
  await tab.send();
  assert.deepEqual(server.live(session.id, tab.owner.device).map(({ id }) => id), [second.id]);
  assert.deepEqual(await queue.refused(db, "7"), []);
});

test("a tick that was refused, and ticked once more since, is not sent again: one is enough", async () => {
  const { server, tab, db, owner, session } = await phone(0);
  server.unknown.add("TNV-X");
  await queue.record(db, owner, tickItem(session.id, "TNV-X"));
  await tab.send();
  const second = tickItem(session.id, "TNV-X");
  await queue.record(db, owner, second);
  server.unknown.delete("TNV-X");
  const [first] = await queue.refused(db, "7");
  await queue.retry(db, first!.seq);
  await tab.send();
  assert.deepEqual((await queue.shiftOf(db, "7", session.id))!.present, { "TNV-X": second.id });
  assert.deepEqual([await states(tab), server.ticks.size], [["session stored", "attendance stored"], 1]);
});

test("an answer to what was sent before it was mended is not taken for the mended one", async () => {
  const { tab, db, session } = await phone(0);
  const item = logItem(session.id, { service: "HET-HAN" });
  await queue.record(db, tab.owner, item);
  const sent = await take(db, "7");
  const digests = await Promise.all(sent.map((op) => digestOf(op.item)));
  const no = { id: item.id, status: "rejected" as const, digest: null, errors: [] };
  const yes = { id: session.id, status: "stored" as const, digest: digests[0]!, errors: [] };
  await settle(db, sent, [yes, no], digests, 1);
  const [problem] = await queue.refused(db, "7");
  await queue.retry(db, problem!.seq, { ...item, service: "DVC-NOP" });
  // The other tab had sent the same, and is answered now.
  await settle(db, sent, [yes, { ...no, status: "stored", digest: digests[1]! }], digests, 2);
  assert.deepEqual(await states(tab), ["session stored", "log queued"]);
});

test("what another tab was told first holds, whatever the second answer says", async () => {
  const { tab, db } = await phone(1);
  const sent = await take(db, "7");
  const digests = await Promise.all(sent.map((op) => digestOf(op.item)));
  const yes = sent.map(({ id }, place) => ({ id, status: "stored" as const, digest: digests[place]!, errors: [] }));
  const no = sent.map(({ id }) => ({ id, status: "rejected" as const, digest: null, errors: [] }));
  assert.equal(await settle(db, sent, yes, digests, 1), 2);
  assert.equal(await settle(db, sent, no, digests, 2), 2);
  assert.deepEqual(await states(tab), ["session stored", "log stored"]);
});

test("\"stored\" is believed for the content that was sent, and for no other", async () => {
  const { tab, db } = await phone(1);
  const sent = await take(db, "7");
  const digests = await Promise.all(sent.map((op) => digestOf(op.item)));
  const stored = { status: "stored" as const, errors: [] };
  const answers = sent.map(({ id }, place) => ({ ...stored, id, digest: place ? "0000" : digests[0]! }));
  await settle(db, sent, answers, digests, 1);
  assert.deepEqual(await states(tab), ["session stored", "log conflict"]);
});

test("answers are matched by id; what is not answered, or answered in unknown words, stays queued", async () => {
  const { tab, db, items } = await phone(3);
  const sent = await take(db, "7");
  const digests = await Promise.all(sent.map((op) => digestOf(op.item)));
  const yes = { status: "stored" as const, errors: [] };
  const stored = (place: number) => ({ ...yes, id: sent[place]!.id, digest: digests[place]! });
  const odd = { ...stored(1), status: "postponed" } as never;
  assert.equal(await settle(db, sent, [stored(3), null as never, odd, stored(0)], digests, 1), 2);
  assert.deepEqual(await states(tab), ["session stored", "log queued", "log queued", "log stored"]);
  assert.equal(items.length, 3);
});

const refusedNote = { ended_at: at(60), note: "gọi 0912345678" };
const closing = async ({ db, session }: Awaited<ReturnType<typeof phone>>) => {
  const shift = await queue.shiftOf(db, "7", session.id);
  return shift && [shift.ended_at, shift.note];
};

async function giveUpTheShift(on: Awaited<ReturnType<typeof phone>>): Promise<void> {
  const { db, owner, session, tab } = on;
  await queue.changeShift(db, owner, session.id, refusedNote);
  await tab.send();
  const op = (await queue.refused(db, "7")).find(({ kind }) => kind === "session");
  await queue.drop(db, op!.seq);
}

test("a close that is given up leaves the shift open, as the server holds it", async () => {
  const on = await phone(1);
  await on.tab.send();
  await giveUpTheShift(on);
  assert.deepEqual(await closing(on), [null, ""]);
});

test("an opening that is given up leaves what was logged in an open shift, and the next close brings it all", async () => {
  const on = await phone(1);
  await giveUpTheShift(on);
  assert.deepEqual(await closing(on), [null, ""]);
  await queue.changeShift(on.db, on.owner, on.session.id, { ended_at: at(60), note: "Đông" });
  for (const { seq } of await queue.refused(on.db, "7")) await queue.retry(on.db, seq);
  await on.tab.send();
  assert.deepEqual([on.server.sessions.get(on.session.id)!.note, on.server.logs.size], ["Đông", 1]);
});

test("a shift that is given up before anything was logged is gone", async () => {
  const on = await phone(0);
  await giveUpTheShift(on);
  assert.equal(await closing(on), undefined);
});

test("a version that is refused when a later one is on its way troubles nobody: the later one says it all", async () => {
  const { network, server, tab, db, owner, session } = await phone(0);
  await queue.changeShift(db, owner, session.id, refusedNote);
  network.faults = ["502"];
  await tab.send();
  await queue.changeShift(db, owner, session.id, { note: "Mưa" });
  await tab.send();
  assert.deepEqual([await states(tab), await queue.refused(db, "7")], [["session stored"], []]);
  const shift = await queue.shiftOf(db, "7", session.id);
  const { ended_at, note } = server.sessions.get(session.id)!;
  assert.deepEqual([ended_at, note], [shift!.ended_at, "Mưa"]);
});

test("a conflict is dropped for what the server holds, or logged anew under another id", async () => {
  const { server, tab, db, owner, items, session } = await phone(2);
  for (const item of items) server.receive(owner.device, [session, { ...item, people: 9 }]);
  await tab.send();
  const [one, two] = await queue.refused(db, "7");
  await queue.drop(db, one!.seq);
  await queue.anew(db, two!.seq);
  await tab.send();
  assert.deepEqual(await states(tab), ["session stored", "log dropped", "log dropped", "log stored"]);
  assert.equal((await queue.shiftOf(db, "7", session.id))!.turns, 1);
});

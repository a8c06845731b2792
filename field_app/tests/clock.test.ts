/** A clock that is wrong: times are put right before they are sent, in the order of events. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock } from "../src/clock";
import * as queue from "../src/queue";
import { read } from "../src/store";
import { type SessionItem } from "../src/wire";
import { at, logItem, phone, sessionItem, Tab, Network } from "./support";

for (const hours of [24, -24])
  test(`a phone whose clock is ${hours} h off sends the right times in the order of events`, async () => {
    const network = new Network();
    network.ahead = hours * 3600_000;
    const tab = await Tab.open(network);
    const { db, owner, clock } = tab;
    const session = sessionItem({ day: clock.today(), started_at: clock.iso() });
    await queue.openShift(db, owner, session);
    const items = [0, 1, 2].map(() => logItem(session.id, { happened_at: clock.iso() }));
    for (const item of items) await queue.record(db, owner, item);
    await tab.send();
    const right = (time: string) => Math.abs(Date.parse(time) - Date.now() - network.ahead) < 60_000;
    const sent = network.server.sessions.get(session.id)!;
    assert.deepEqual([right(sent.started_at), sent.day], [true, clock.today()]);
    const logs = items.map(({ id }) => network.server.logs.get(id)!.happened_at);
    assert.ok(logs.every(right));
    assert.deepEqual(logs, [...logs].sort());
    const shift = (await queue.shiftOf(db, "7", session.id))!;
    assert.deepEqual([shift.day, shift.turns], [sent.day, 3]);
    assert.deepEqual(shift.last.map(({ id }) => id), items.map(({ id }) => id).reverse());
    assert.deepEqual([clock.isWrong, await read(db, "offset")], [true, clock.offset]);
  });

test("a close by the wrong clock, replaced before it was sent, is put right too", async () => {
  const { network, server, tab, db, owner, session } = await phone(0);
  await tab.send();
  await queue.changeShift(db, owner, session.id, { ended_at: new Date(Date.now() - 50 * 60_000).toISOString() });
  await queue.changeShift(db, owner, session.id, { ended_at: new Date().toISOString() });
  network.ahead = 24 * 3600_000;
  await tab.runner.signedIn(true);
  await tab.send();
  const ended = Date.parse(server.sessions.get(session.id)!.ended_at!);
  assert.ok(Math.abs(ended - Date.now() - network.ahead) < 60_000);
});

test("times given by hand stay, and so does what may have been sent", async () => {
  const network = new Network();
  network.ahead = 24 * 3600_000;
  const tab = await Tab.open(network);
  const byHand = sessionItem({ ended_at: at(240) });
  await queue.openShift(tab.db, tab.owner, byHand);
  await queue.record(tab.db, tab.owner, logItem(byHand.id, { happened_at: at(0) }));
  await tab.send();
  assert.deepEqual(network.server.sessions.get(byHand.id), byHand);
  assert.deepEqual([...network.server.logs.values()].map(({ happened_at }) => happened_at), [at(0)]);
});

test("a close by a clock that is put right later never ends before the shift began", async () => {
  const { network, server, tab, db, owner, session } = await phone(0);
  await tab.send();
  await queue.changeShift(db, owner, session.id, { ended_at: new Date().toISOString() });
  network.ahead = -10 * 365 * 24 * 3600_000;
  await tab.runner.signedIn(true);
  await tab.send();
  assert.equal((server.sessions.get(session.id) as SessionItem).ended_at, session.started_at);
});

test("a clock that is right within the way of an answer is left alone", () => {
  const clock = new Clock(0, () => 1_000_000);
  assert.equal(clock.learn(new Date(1_000_000 + 90_000).toISOString(), 1_000_000, 1_000_000), false);
  assert.equal(clock.learn("nonsense", 0, 0), false);
  assert.equal(clock.learn(new Date(1_000_000 + 3600_000).toISOString(), 1_000_000, 1_000_000), true);
  assert.deepEqual([clock.now(), clock.isWrong], [4_600_000, false]);
});

test("days and hours are those of Ho Chi Minh City", () => {
  const clock = new Clock(0, () => Date.parse("2026-11-24T17:30:00Z"));
  assert.deepEqual([clock.iso(), clock.today()], ["2026-11-25T00:30:00.000+07:00", "2026-11-25"]);
});

/** Sending: the table of answers of FIELD_APP §4, when, for whom, and one tab at a time. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import * as queue from "../src/queue";
import { read } from "../src/store";
import { Locks, logItem, ops, phone, sessionItem, states, Tab, type Fault } from "./support";

test("all that is queued is sent in the order of events, and acknowledged", async () => {
  const { server, tab, items, unsent } = await phone();
  assert.equal(await tab.send(), "idle");
  assert.deepEqual([[...server.logs.keys()], await unsent()], [items.map(({ id }) => id), 0]);
  assert.ok(Date.now() - (await read<number>(tab.db, "receipt"))! < 60_000);
});

const ENDS: [Fault, string][] = [
  ["offline", "waiting"], ["lost", "waiting"], ["empty", "waiting"], ["half body", "waiting"], ["silent", "waiting"],
  ["portal", "waiting"], ["500", "waiting"], ["502", "waiting"], ["503", "waiting"], ["429", "waiting"],
  ["401", "auth"], ["403", "denied"],
];
for (const [fault, phase] of ENDS)
  test(`"${fault}": all stays unsent, the phone says "${phase}", and what is sent again counts once`, async () => {
    const { network, server, tab, unsent } = await phone();
    network.faults = [fault];
    assert.equal(await tab.send(), phase);
    assert.equal(await unsent(), 4);
    assert.equal(await tab.send(), "idle");
    assert.deepEqual([await unsent(), server.logs.size], [0, 3]);
  });

for (const fault of ["token", "twice", "half", "413"] as Fault[])
  test(`"${fault}" is got over in the same run`, async () => {
    const { network, server, tab, unsent } = await phone();
    network.faults = [fault];
    assert.equal(await tab.send(), "idle");
    assert.deepEqual([await unsent(), server.logs.size], [0, 3]);
  });

test("a page of a proxy, whatever its status, is not the server's word", async () => {
  for (const status of [400, 401, 403, 404, 511]) {
    const { tab, unsent } = await phone();
    const page = async () => new Response("<html>proxy</html>", { status });
    const stranger = await Tab.open(tab.network, { name: tab.db.name, fetch: page as typeof fetch });
    assert.equal(await stranger.send(), "waiting");
    assert.equal(await unsent(), 4);
  }
});

test("a batch that is too large is halved until it goes through", async () => {
  const { network, server, tab, unsent } = await phone(30);
  network.most = 4;
  assert.equal(await tab.send(), "idle");
  assert.deepEqual([await unsent(), server.logs.size], [0, 30]);
});

test("an entry on which the server breaks down is set aside, and the others go through", async () => {
  const { network, server, tab, db, items } = await phone(20);
  network.poison = (item) => item.id === items[7]!.id;
  for (let runs = 0; runs < 8; runs++) await tab.send();
  assert.deepEqual(await queue.counts(db, "7"), { unsent: 1, held: 1, refused: 0 });
  assert.equal(server.logs.size, 19);
  network.poison = () => false;
  await queue.release(db, "7");
  assert.equal(await tab.send(), "idle");
  assert.deepEqual([await queue.counts(db, "7"), server.logs.size], [{ unsent: 0, held: 0, refused: 0 }, 20]);
});

test("an entry that is alone with a server that breaks down on it is set aside in the end, and can be sent again", async () => {
  const { network, server, tab, db, session } = await phone(1);
  await tab.send();
  const item = logItem(session.id);
  await queue.record(db, tab.owner, item);
  network.poison = ({ id }) => id === item.id;
  let runs = 0;
  while (!(await queue.counts(db, "7")).held) assert.ok((await tab.send(), ++runs) <= 30);
  // Not for an outage of an hour.
  assert.equal(runs, 30);
  assert.deepEqual([tab.runner.status.phase, await queue.counts(db, "7")], ["idle", { unsent: 1, held: 1, refused: 0 }]);
  const { posts } = network;
  await tab.send();
  assert.equal(network.posts, posts);
  network.poison = () => false;
  await queue.release(db, "7");
  assert.equal(await tab.send(), "idle");
  assert.deepEqual([await queue.counts(db, "7"), server.logs.size], [{ unsent: 0, held: 0, refused: 0 }, 2]);
});

test("a server that is down sets nothing aside and is not stormed", async () => {
  for (const fault of ["500", "502"] as Fault[]) {
    const { network, server, tab, db } = await phone(60);
    network.faults = Array.from({ length: 500 }, () => fault);
    for (let runs = 0; runs < 20; runs++) await tab.send();
    assert.equal((await queue.counts(db, "7")).held, 0);
    assert.ok(network.posts <= 20 * 8, `${network.posts} posts in 20 runs`);
    network.faults = [];
    for (let runs = 0; runs < 3; runs++) await tab.send();
    assert.deepEqual([await queue.counts(db, "7"), server.logs.size], [{ unsent: 0, held: 0, refused: 0 }, 60]);
  }
});

test("a shift that waits keeps its lines back; they follow it", async () => {
  const { network, server, tab, db, session } = await phone();
  server.unknown.add("TO-TT");
  await tab.send();
  assert.deepEqual(await states(tab), ["session rejected", "log queued", "log queued", "log queued"]);
  server.unknown.clear();
  await queue.retry(db, (await ops(tab))[0]!.seq);
  await tab.send();
  assert.deepEqual([network.server.sessions.has(session.id), server.logs.size], [true, 3]);
});

// --- when -----------------------------------------------------------------------------------------------------------
test("a rest that the server has asked for ends by its time or the user's wish, not by a new entry", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 1_000_000;
  const { network, tab, unsent } = await phone(1, { now: () => now });
  network.faults = ["429"];
  await tab.runner.kick();
  assert.deepEqual([tab.runner.status.phase, tab.runner.status.next_at], ["waiting", now + 7_000]);
  await tab.runner.kick();
  assert.equal(network.posts, 1);
  now += 7_000;
  t.mock.timers.tick(7_000);
  await tab.runner.kick();
  assert.deepEqual([await unsent(), network.posts], [0, 2]);
});

test("without a number in Retry-After a minute is waited", async () => {
  const { tab, network } = await phone(1, { now: () => 0 });
  const busy = async (url: unknown, init?: RequestInit) =>
    String(url).includes("session") ? network.fetch(url, init) : new Response('{"code":"throttled"}', { status: 429 });
  const patient = await Tab.open(network, { name: tab.db.name, fetch: busy as typeof fetch, now: () => 0 });
  await patient.send();
  assert.equal(patient.runner.status.next_at, 60_000);
});

test("waits grow from two seconds to five minutes, and begin anew after a success", async () => {
  const { network, tab, session } = await phone(1, { now: () => 0 });
  const waits: number[] = [];
  for (let runs = 0; runs < 10; runs++) {
    network.faults = ["offline"];
    await tab.send();
    waits.push(tab.runner.status.next_at! / 1000);
  }
  assert.deepEqual(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  await tab.send();
  await queue.record(tab.db, tab.owner, logItem(session.id));
  network.faults = ["offline"];
  await tab.send();
  assert.equal(tab.runner.status.next_at, 2_000);
});

test("signed out: entries are kept and nothing knocks until the user or the network asks", async () => {
  const { network, tab, unsent } = await phone();
  network.signedIn = false;
  assert.equal(await tab.send(), "auth");
  const { calls } = network;
  await tab.runner.kick();
  assert.deepEqual([network.calls, await unsent()], [calls, 4]);
  network.signedIn = true;
  assert.equal(await tab.send(), "idle");
  assert.equal(await unsent(), 0);
});

test("what is logged during a run is sent by one more run, however often it was asked for", async () => {
  const { network, server, tab, db, owner, session, unsent } = await phone();
  const run = tab.runner.kick(true);
  await queue.record(db, owner, logItem(session.id));
  for (let asked = 0; asked < 5; asked++) void tab.runner.kick();
  await run;
  assert.deepEqual([await unsent(), server.logs.size], [0, 4]);
  assert.ok(network.posts <= 2);
});

test("a program that is too old for the server says so, and keeps everything", async () => {
  const { network, tab, unsent } = await phone();
  network.minProto = 2;
  assert.equal(await tab.send(), "update");
  assert.equal(await unsent(), 4);
});

// --- who ------------------------------------------------------------------------------------------------------------
test("with somebody else signed in nothing is sent, also when it happens in the middle", async () => {
  const { network, server, tab, unsent } = await phone();
  network.account = { id: "8", name: "Minh" };
  assert.equal(await tab.send(), "other_user");
  network.account = { id: "7", name: "Lan" };
  await tab.runner.signedIn(true);
  // In another tab Minh signs in: the token of Lan is no longer good.
  network.account = { id: "8", name: "Minh" };
  network.token = "t2";
  assert.equal(await tab.send(), "other_user");
  assert.deepEqual([await unsent(), server.logs.size], [4, 0]);
  // Somebody has looked who it is. Lan is back: it is asked anew.
  await tab.runner.signedIn(true);
  network.account = { id: "7", name: "Lan" };
  assert.equal(await tab.send(), "idle");
  assert.equal(await unsent(), 0);
});

test("entries of several devices go in batches of their own", async () => {
  const { server, tab, db } = await phone(1);
  const theirs = { user: "7", device: "0190f0de-0000-7000-8000-00000000000b" };
  const session = sessionItem();
  await queue.openShift(db, theirs, session);
  await queue.record(db, theirs, logItem(session.id));
  await tab.send();
  const devices = [...server.receipts.values()].map(({ device }) => device);
  assert.deepEqual(devices, [tab.owner.device, tab.owner.device, theirs.device, theirs.device]);
});

// --- one tab at a time ----------------------------------------------------------------------------------------------
test("two tabs send everything once between them", async () => {
  const locks = new Locks() as unknown as LockManager;
  const { network, server, tab, unsent } = await phone(20, { locks });
  const other = await Tab.open(network, { name: tab.db.name, locks });
  await Promise.all([tab.send(), other.send()]);
  assert.deepEqual([await unsent(), server.logs.size, network.posts], [0, 20, 1]);
});

test("a tab that hangs is robbed of the lock after a minute, and does not rob back", async () => {
  const locks = new Locks() as unknown as LockManager;
  let wake = (): void => {};
  const { network, server, tab, unsent } = await phone(3);
  const frozen = async (url: unknown, init?: RequestInit) => {
    await new Promise<void>((done) => (wake = done));
    return network.fetch(url, init);
  };
  const first = await Tab.open(network, { name: tab.db.name, locks, fetch: frozen as typeof fetch });
  const second = await Tab.open(network, { name: tab.db.name, locks });
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const hanging = first.send();
    const waiting = second.send();
    mock.timers.tick(60_000);
    await waiting;
    assert.deepEqual([await unsent(), server.logs.size], [0, 3]);
    wake();
    await hanging;
    assert.deepEqual([first.runner.status.phase, network.posts], ["waiting", 1]);
  } finally {
    mock.timers.reset();
  }
});

test("an answer whose body never ends is given up after twenty seconds", async () => {
  const { network, tab, unsent } = await phone();
  const stalled = async (url: unknown, init: RequestInit = {}) => {
    if (String(url).includes("session")) return network.fetch(url, init);
    const start = (stream: ReadableStreamDefaultController) =>
      init.signal!.addEventListener("abort", () => stream.error(new Error("aborted")));
    return new Response(new ReadableStream({ start }));
  };
  const other = await Tab.open(network, { name: tab.db.name, fetch: stalled as typeof fetch });
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const sending = other.send();
    while (!other.runner.account) await new Promise((done) => setImmediate(done));
    for (let turns = 0; turns < 50; turns++) await new Promise((done) => setImmediate(done));
    mock.timers.tick(20_000);
    await sending;
    assert.deepEqual([other.runner.status.phase, await unsent()], ["waiting", 4]);
  } finally {
    mock.timers.reset();
  }
});

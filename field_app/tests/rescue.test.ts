/** Unsent entries leave a phone that cannot send, and arrive by another way, once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as queue from "../src/queue";
import { bringIn, Joiner, newCode, open, QR_BYTES, rescueOf, seal, split, unsent, WrongCode } from "../src/rescue";
import { at, logItem, Network, sessionItem, states, Tab, tickItem } from "./support";

async function stranded(lines = 3) {
  const network = new Network();
  const tab = await Tab.open(network);
  const { db, owner } = tab;
  const session = sessionItem();
  await queue.openShift(db, owner, session);
  for (let line = 0; line < lines; line++) await queue.record(db, owner, logItem(session.id));
  await queue.record(db, owner, tickItem(session.id));
  const rescue = rescueOf(await unsent(db, "7"), { user: "7", name: "Nguyễn Thị Lan", device: owner.device }, at(60));
  return { network, server: network.server, tab, db, owner, session, rescue };
}

test("a code has sixteen letters and digits that are not taken for one another", () => {
  const codes = Array.from({ length: 50 }, newCode);
  assert.ok(codes.every((code) => /^([2-9A-HJKMNP-Z]{4}-){3}[2-9A-HJKMNP-Z]{4}$/.test(code)));
  assert.equal(new Set(codes).size, 50);
});

test("what was sealed is opened with its code, however it was told", async () => {
  const { rescue } = await stranded();
  const code = newCode();
  const file = await seal(rescue, code);
  assert.deepEqual(await open(file, code), rescue);
  assert.deepEqual(await open(file, ` ${code.toLowerCase().replaceAll("-", " ")} `), rescue);
  assert.ok(!Buffer.from(file).toString("latin1").includes("Lan"));
});

test("with a wrong code, damaged, cut off or empty, it is not opened", async () => {
  const { rescue } = await stranded();
  const file = await seal(rescue, "ABCD-EFGH-JKMN-PQRS");
  const damaged = file.slice();
  damaged[40]! ^= 1;
  await assert.rejects(open(file, "ABCD-EFGH-JKMN-PQRT"), WrongCode);
  for (const bytes of [damaged, file.slice(0, 50), new Uint8Array()])
    await assert.rejects(open(bytes, "ABCD-EFGH-JKMN-PQRS"), WrongCode);
});

test("a run of codes is put together in any order, with repeats and misreadings", async () => {
  await fc.assert(
    fc.property(fc.uint8Array({ maxLength: QR_BYTES * 5 }), fc.infiniteStream(fc.nat(30)), (file, order) => {
      const codes = split(file, "abc");
      const joiner = new Joiner();
      const missing = new Set(codes);
      for (const number of order) {
        assert.equal(joiner.file(), null);
        assert.equal(joiner.add("https://example.vn/"), null);
        assert.equal(joiner.add("XKS1/abc/1/1.5/AAAA"), null);
        assert.equal(joiner.add(`XKS1/abc/1/${codes.length}/%%%`), null);
        const code = codes[number % codes.length]!;
        missing.delete(code);
        assert.deepEqual(joiner.add(code), { have: codes.length - missing.size, of: codes.length });
        if (!missing.size) break;
        if (number > 20) for (const each of [...missing].slice(1)) (joiner.add(each), missing.delete(each));
      }
      assert.deepEqual(joiner.file(), file);
    }),
    { numRuns: 40 },
  );
});

test("the codes of another run begin anew", () => {
  const [first, second] = split(new Uint8Array(QR_BYTES + 1).fill(1), "one");
  const [other] = split(new Uint8Array(3).fill(2), "two");
  const joiner = new Joiner();
  joiner.add(first!);
  assert.deepEqual(joiner.add(other!), { have: 1, of: 1 });
  assert.deepEqual(joiner.file(), new Uint8Array(3).fill(2));
  assert.deepEqual(joiner.add(second!), { have: 1, of: 2 });
});

test("brought in twice by a colleague, and sent by the phone itself too, it counts once", async () => {
  const { network, server, tab, session, owner, rescue } = await stranded();
  const colleague = await Tab.open(network);
  assert.equal(await bringIn(colleague.db, "7", rescue), 5);
  assert.equal(await bringIn(colleague.db, "7", rescue), 0);
  assert.equal(await colleague.send(), "idle");
  assert.equal(await tab.send(), "idle");
  assert.deepEqual(server.live(session.id, owner.device).length, 4);
  assert.deepEqual([...new Set([...server.receipts.values()].map(({ device }) => device))], [owner.device]);
  assert.deepEqual(new Set(await states(tab)), new Set(["session stored", "log stored", "attendance stored"]));
});

test("a shift and its close, tried apart, are both brought in and hold together", async () => {
  const { network, tab, db, owner, session } = await stranded(1);
  await queue.changeShift(db, owner, session.id, { ended_at: at(90) });
  const rescue = rescueOf(await unsent(db, "7"), { user: "7", name: "Lan", device: owner.device }, at(91));
  const colleague = await Tab.open(network);
  assert.equal(await bringIn(colleague.db, "7", rescue), 4);
  await colleague.send();
  assert.equal(network.server.sessions.get(session.id)!.ended_at, at(90));
  assert.equal(await tab.send(), "idle");
});

test("what left the phone and is undone on it is taken back at the server as well", async () => {
  const { network, server, tab, db, owner, session, rescue } = await stranded(1);
  const colleague = await Tab.open(network);
  await bringIn(colleague.db, "7", rescue);
  await colleague.send();
  const [line] = (await queue.shiftOf(db, "7", session.id))!.last;
  await queue.undo(db, owner, line!.id, "Ghi nhầm");
  await tab.send();
  assert.deepEqual(server.live(session.id, owner.device).map(({ type }) => type), ["attendance"]);
});

test("another user of the colleague's phone may bring in the same", async () => {
  const { network, rescue } = await stranded();
  const colleague = await Tab.open(network);
  await bringIn(colleague.db, "7", rescue);
  assert.equal(await bringIn(colleague.db, "8", rescue), 5);
});

test("only what is unsent leaves the phone", async () => {
  const { tab, db } = await stranded();
  await tab.send();
  assert.deepEqual(await unsent(db, "7"), []);
});

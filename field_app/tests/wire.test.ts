import assert from "node:assert/strict";
import { test } from "node:test";
import { canonical, digestOf, digestOfLedger, type SessionItem } from "../src/wire";

const SESSION: SessionItem = {
  type: "session",
  id: "0190f0de-0000-7000-8000-0000000000aa",
  team: "TO-TT",
  day: "2023-03-26",
  point: null,
  started_at: "2023-03-26T07:30:00.123+07:00",
  ended_at: null,
  note: " Chợ  Hòa Bình ",
};

test("the canonical form is the worked example of docs/sync.md", () => {
  assert.equal(
    canonical(SESSION),
    '{"day":"2023-03-26","ended_at":null,"id":"0190f0de-0000-7000-8000-0000000000aa","note":"Chợ Hòa Bình",' +
      '"point":null,"started_at":"2023-03-26T00:30:00.123Z","team":"TO-TT","type":"session"}',
  );
});

test("the digest is the worked example of docs/sync.md", async () => {
  assert.equal(await digestOf(SESSION), "087666e9b125ce127231e7fa9b356adb2ad701083a766339fc0be8d4a096362c");
});

test("a ledger's digest does not depend on the order of its entries", async () => {
  const pairs = [["b", "2"], ["a", "1"]] as const;
  assert.equal(await digestOfLedger(pairs), await digestOfLedger([...pairs].reverse()));
});

/** Shifts that staff sent back, and what the leader answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { answersOf, keepAnswer, nextAnswers, settleAnswer, waitingForLeader, type Answer } from "../src/answers";
import type { Returned } from "../src/kit";
import * as queue from "../src/queue";
import { at, logItem, phone, sessionItem } from "./support";

const answerTo = (session: string, text: string, fields: Partial<Answer> = {}): Answer => ({
  session, returned_at: at(200), text, state: "queued", error: "", ...fields,
});
const texts = (answers: Answer[]): string[] => answers.map(({ text, state }) => `${text} ${state}`);

test("one answer a shift is kept, and it is the latest", async () => {
  const { db, session } = await phone(0);
  const other = sessionItem().id;
  await keepAnswer(db, "7", answerTo(session.id, "Đã sửa"));
  await keepAnswer(db, "7", answerTo(other, "Đông thật"));
  await keepAnswer(db, "7", answerTo(session.id, "Đã sửa hai lượt"));
  assert.deepEqual(texts(await answersOf(db, "7")), ["Đông thật queued", "Đã sửa hai lượt queued"]);
  assert.deepEqual(await answersOf(db, "8"), []);
});

test("an answer waits for the corrections of its shift, and for those of no other", async () => {
  const { tab, db, owner, session } = await phone(1);
  const other = sessionItem().id;
  await keepAnswer(db, "7", answerTo(session.id, "Đã sửa"));
  await keepAnswer(db, "7", answerTo(other, "Đông thật"));
  assert.deepEqual(texts(await nextAnswers(db, "7")), ["Đông thật queued"]);
  await tab.send();
  assert.deepEqual(texts(await nextAnswers(db, "7")), ["Đã sửa queued", "Đông thật queued"]);
  await queue.record(db, owner, logItem(session.id));
  assert.deepEqual(texts(await nextAnswers(db, "7")), ["Đông thật queued"]);
});

test("what became of an answer is not said of what was written meanwhile", async () => {
  const { db, session } = await phone(0);
  const first = answerTo(session.id, "Đã sửa");
  await keepAnswer(db, "7", first);
  await keepAnswer(db, "7", answerTo(session.id, "Đã sửa hai lượt"));
  await settleAnswer(db, "7", first, "sent");
  assert.deepEqual(texts(await answersOf(db, "7")), ["Đã sửa hai lượt queued"]);
  await settleAnswer(db, "7", answerTo(session.id, "Đã sửa hai lượt"), "refused", "Có số điện thoại");
  assert.deepEqual((await answersOf(db, "7"))[0], answerTo(session.id, "Đã sửa hai lượt", { state: "refused", error: "Có số điện thoại" }));
  assert.deepEqual(await nextAnswers(db, "7"), []);
});

test("a shift waits for the leader until the answer is sent, and again when it is sent back once more", () => {
  const { type: _, ...session } = sessionItem();
  const returned: Returned[] = [{ ...session, reason: "Thiếu điểm danh", returned_at: at(200) }];
  const waits = (answers: Answer[]) => waitingForLeader(returned, answers).length;
  const sent = answerTo(session.id, "Đã sửa", { state: "sent" });
  assert.deepEqual([waits([]), waits([answerTo(session.id, "Đã sửa")]), waits([sent])], [1, 1, 0]);
  assert.equal(waits([{ ...sent, returned_at: at(100) }]), 1);
});

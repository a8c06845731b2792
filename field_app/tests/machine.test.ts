/** The queue's state machine under everything that a morning may bring, in any order, with a fault for each POST.
 *
 * FIELD_RUNS=2500 looks longer. A failure prints a seed and a path; give them to fc.assert to see it again.
 */
import { test } from "node:test";
import fc from "fast-check";
import { agree, anyStep, Morning } from "./machine";

const RUNS = Number(process.env.FIELD_RUNS ?? 60);

test("after any morning phone and server agree: nothing lost, nothing twice", async () => {
  const morningOf = fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 45, size: "max" }), async (steps) => {
    const morning = await Morning.begin();
    try {
      for (const step of steps) await morning.take(step);
      await morning.calm();
      await agree(morning);
    } finally {
      morning.end();
    }
  });
  await fc.assert(morningOf, { numRuns: RUNS, includeErrorInReport: true });
});

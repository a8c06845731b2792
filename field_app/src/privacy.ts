/** Text must not identify a citizen: what core/privacy.py refuses is refused here already, before it is queued. */
const APART = String.raw`[\s.\-–—_/()]*`;
const DIGITS = new RegExp(`(?<!\\d)\\d(?:${APART}\\d)+(?!\\d)`, "g");
const PHONE = /^(?:84|0)(?:[35789]\d{8}|2\d{8,9})$/;
const DATE = /\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b|\b\d{4}-\d{2}-\d{2}\b/g;
const EMAIL = /[\p{L}\p{N}_.+-]+@[\p{L}\p{N}_-]+\.[\p{L}\p{N}_]+/u;

export type Identifier = "id_number" | "phone" | "email";

/** The kind of identifier that the text seems to hold, or null. */
export function personalDataIn(text: string): Identifier | null {
  if (EMAIL.test(text)) return "email";
  const plain = text.normalize("NFKC").replace(DATE, " ");
  const runs = [...plain.matchAll(DIGITS)].flatMap(([found]) => stretches(found.match(/\d+/g)!));
  if (runs.some((run) => PHONE.test(run))) return "phone";
  return runs.some((run) => run.length === 9 || run.length === 12) ? "id_number" : null;
}

/** Each stretch of neighbouring groups, joined: an identifier may stand beside other numbers. */
function stretches(groups: string[]): string[] {
  return groups.flatMap((_, start) => groups.slice(start).map((_, more) => groups.slice(start, start + more + 1).join("")));
}

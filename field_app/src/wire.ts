/** What goes over the wire: the items of `POST /api/v1/sync/`, their answers, and the digest (docs/sync.md). */

export type Result = "done_self" | "done_assisted" | "referred" | "not_done";
export type AgeGroup = "u16" | "16-30" | "31-59" | "60+";
export type Channel = "point" | "home" | "online";

export interface SessionItem {
  type: "session";
  id: string;
  team: string;
  /** YYYY-MM-DD in Ho Chi Minh City. */
  day: string;
  point: string | null;
  /** ISO 8601 with offset, as are all times. */
  started_at: string;
  ended_at: string | null;
  note: string;
}

export interface LogItem {
  type: "log";
  id: string;
  session: string;
  service: string;
  result: Result;
  people: number;
  /** The same citizen as the log before: another service turn, not another person. */
  same_visit: boolean;
  quantity: number | null;
  metric: string | null;
  age_group: AgeGroup | null;
  beneficiary: string | null;
  channel: Channel;
  happened_at: string;
}

export interface AttendanceItem {
  type: "attendance";
  id: string;
  session: string;
  volunteer: string;
  /** null: the whole session. */
  minutes: number | null;
}

export interface VoidItem {
  type: "void";
  id: string;
  target: string;
  reason: string;
}

export type Item = SessionItem | LogItem | AttendanceItem | VoidItem;
export type Kind = Item["type"];

export interface ItemError {
  code: string;
  /** Written for the person who holds the phone. */
  detail: string;
  pointer?: string;
}

export interface ItemResult {
  id: string;
  status: "stored" | "replayed" | "conflict" | "rejected";
  digest: string | null;
  errors: ItemError[];
  /** It came after its period was locked: kept, and counted once staff say so. */
  late?: boolean;
}

export interface Ledger {
  device: string;
  day: string;
  count: number;
  digest: string;
}

/** Every text has one form: NFC, single spaces, none at the ends. */
export function clean(text: string): string {
  return text.normalize("NFC").replace(/\p{White_Space}+/gu, " ").replace(/^ | $/g, "");
}

const TIMES = new Set(["started_at", "ended_at", "happened_at"]);
const IDS = new Set(["id", "session", "target"]);
/** What a field that was left out, or is empty, stands for; null where nothing is said here. */
const DEFAULTS: Record<string, unknown> = { note: "", same_visit: false, channel: "point" };

/** The canonical form: sorted keys, UTC times with milliseconds, no white space between tokens. */
export function canonical(item: Item): string {
  const fields = item as unknown as Record<string, unknown>;
  const sorted = Object.keys(fields)
    .sort()
    .map((name) => [name, plain(name, fields[name])]);
  return JSON.stringify(Object.fromEntries(sorted));
}

function plain(name: string, value: unknown): unknown {
  const text = typeof value === "string" ? clean(value) : value;
  if (text === "" || text === null || text === undefined) return DEFAULTS[name] ?? null;
  if (typeof text !== "string") return text;
  if (TIMES.has(name)) return new Date(text).toISOString();
  return IDS.has(name) ? text.toLowerCase() : text;
}

export function digestOf(item: Item): Promise<string> {
  return sha256(canonical(item));
}

/** Over `[[id, digest], …]`, sorted by id. */
export function digestOfLedger(pairs: Iterable<readonly [string, string]>): Promise<string> {
  return sha256(JSON.stringify([...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))));
}

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

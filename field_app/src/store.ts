/** The phone's database. What is here is the only copy until the server has said that it holds it. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { uuid7 } from "./ids";
import type { Item, ItemError, Kind } from "./wire";

export type OpState =
  /** Not yet acknowledged. */
  | "queued"
  /** The server holds it; kept a week, and until the ledgers have agreed. */
  | "stored"
  /** The server holds other content under this id. */
  | "conflict"
  /** The server's final no, until the leader has dealt with it. */
  | "rejected"
  /** Set aside after repeated failures, so that it blocks no other; still unsent. */
  | "held"
  /** A conflict that the leader has let go: what the server holds under the id stands, and counts in its ledger. */
  | "dropped";

export interface Op {
  /** Order of events on this phone; the clock plays no part in it. */
  seq: number;
  /** Id of the item. A session that was closed has two ops of one id. */
  id: string;
  user: string;
  device: string;
  kind: Kind;
  item: Item;
  session: string;
  day: string;
  state: OpState;
  /** Times it may have reached the server: counted before sending. */
  tries: number;
  errors: ItemError[];
  /** What the server says that it holds. */
  digest: string | null;
  made_at: number;
  /** The clock's correction when it was made: a phone may learn later that its clock was wrong by a day. */
  offset: number;
  /** Whether the shift's figures have it: not when refused or taken back. */
  counted: boolean;
  settled_at: number | null;
  /** A void that the server may hold already, of an entry that it has refused: refused as well, it is nobody's trouble. */
  aimless?: boolean;
  /** The server holds it, and counts it once staff say so: it came after its period was locked. */
  late?: boolean;
}

export interface Photo {
  id: string;
  user: string;
  session: string;
  /** JPEG; an ArrayBuffer, since WebKit has lost Blobs. */
  bytes: ArrayBuffer;
  state: "queued" | "stored" | "rejected" | "held";
  tries: number;
  error: string;
  made_at: number;
}

export interface Line {
  id: string;
  service: string;
  result: string;
  people: number;
  same_visit: boolean;
  at: string;
}

/** A shift as the screens show it, kept in step with the ops, so that a tap costs the same on a full phone. */
export interface Shift {
  id: string;
  user: string;
  team: string;
  day: string;
  point: string | null;
  started_at: string;
  ended_at: string | null;
  note: string;
  /** Opened by another phone: the server's ledger has it under that one's device. */
  adopted: boolean;
  people: number;
  turns: number;
  by_service: Record<string, number>;
  by_hour: Record<string, number>;
  present: Record<string, string>;
  /** The latest lines, newest first, for undo and "the same citizen". */
  last: Line[];
}

interface Schema extends DBSchema {
  ops: {
    key: number;
    value: Op;
    indexes: { by_state: [string, OpState]; by_session: string; by_id: string; by_day: [string, string] };
  };
  photos: { key: string; value: Photo; indexes: { by_state: [string, string] } };
  shifts: { key: [string, string]; value: Shift; indexes: { by_day: [string, string] } };
  kv: { key: string; value: unknown };
}

export type Database = IDBPDatabase<Schema>;
export const VERSION = 1;

/** `lost`: a newer tab has taken the database over, or the browser has closed it; the page must be loaded anew. */
export function openStore(name = "xks-field", lost: () => void = () => {}): Promise<Database> {
  return openDB<Schema>(name, VERSION, {
    upgrade(db) {
      // Upgrades only add: an older tab may still be writing, and nothing unsent may be lost.
      const ops = db.createObjectStore("ops", { keyPath: "seq", autoIncrement: true });
      ops.createIndex("by_state", ["user", "state"]);
      ops.createIndex("by_session", "session");
      ops.createIndex("by_id", "id");
      ops.createIndex("by_day", ["user", "day"]);
      db.createObjectStore("photos", { keyPath: "id" }).createIndex("by_state", ["user", "state"]);
      // Two leaders of one team may share a phone: each has a view of the shift.
      db.createObjectStore("shifts", { keyPath: ["user", "id"] }).createIndex("by_day", ["user", "day"]);
      db.createObjectStore("kv");
    },
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      lost();
    },
    terminated: lost,
  });
}

export async function read<T>(db: Database, key: string): Promise<T | undefined> {
  return (await db.get("kv", key)) as T | undefined;
}

export async function write(db: Database, key: string, value: unknown): Promise<void> {
  await db.put("kv", value, key);
}

/** The device that this user's entries go under. One for each user of a phone, since the server's ledger is kept by
 * device, and no phone could compare it with entries of somebody else that it may not read. */
export async function deviceOf(db: Database, user: string): Promise<string> {
  const key = `device:${user}`;
  const tx = db.transaction("kv", "readwrite", { durability: "strict" });
  const known = (await tx.store.get(key)) as string | undefined;
  const device = known ?? uuid7();
  if (!known) await tx.store.put(device, key);
  await tx.done;
  return device;
}

/** One transaction over entries and shifts: all of it is on the disk when this returns, or nothing of it is.
 *
 * `work` may await nothing but the transaction's own requests, or IndexedDB commits what there is so far.
 */
export async function durably<T>(db: Database, work: (tx: Writing) => Promise<T>): Promise<T> {
  // Chrome's default says "done" before the disk has it.
  const tx = begin(db);
  tx.done.catch(() => {}); // told by the await below; without this, also as a rejection that nobody handles
  try {
    const result = await work(tx);
    await tx.done;
    return result;
  } catch (error) {
    try {
      tx.abort();
    } catch {
      // it has ended already
    }
    throw error;
  }
}

const begin = (db: Database) => db.transaction(["ops", "shifts"], "readwrite", { durability: "strict" });
export type Writing = ReturnType<typeof begin>;

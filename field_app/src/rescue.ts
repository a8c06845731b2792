/** Rescue: unsent entries leave a phone that cannot send, as an encrypted file or a run of QR codes, and are brought in
 * by a colleague's phone or by staff. Under their own ids and device: brought in twice, they count once.
 */
import { opOf, UNSENT } from "./queue";
import { durably, type Database, type Op } from "./store";
import { canonical, type Item } from "./wire";

const FORMAT = "xks-rescue-1";
const ROUNDS = 310_000;
// Without letters and digits that are taken for one another when read aloud.
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CODE_GROUPS = 4;
const GROUP = 4;
/** So that a cheap camera reads it from a cheap screen: about 100 x 100 cells, 3 pixels each. */
export const QR_BYTES = 450;
const MOST_CODES = 500;

export interface Rescue {
  format: typeof FORMAT;
  user: string;
  name: string;
  device: string;
  made_at: string;
  ops: { item: Item; session: string; day: string }[];
}

export class WrongCode extends Error {}

/** A code of 16 letters and digits (79 bits), to be told to whoever brings the entries in. */
export function newCode(): string {
  const letters = Array.from({ length: CODE_GROUPS * GROUP }, letter).join("");
  return letters.match(new RegExp(`.{${GROUP}}`, "g"))!.join("-");
}

function letter(): string {
  for (;;) {
    const byte = crypto.getRandomValues(new Uint8Array(1))[0]!;
    if (byte < ALPHABET.length * 8) return ALPHABET[byte % ALPHABET.length]!;
  }
}

export function rescueOf(ops: Op[], owner: { user: string; name: string; device: string }, made_at: string): Rescue {
  const entries = ops.map(({ item, session, day }) => ({ item, session, day }));
  return { format: FORMAT, ...owner, made_at, ops: entries };
}

/** What is to leave the phone. It may reach the server without us from now on: each counts as tried, so that what is
 * undone later is taken back at the server, too. */
export function unsent(db: Database, user: string): Promise<Op[]> {
  return durably(db, async (tx) => {
    const ops = tx.objectStore("ops");
    const found: Op[] = [];
    for (const state of UNSENT) found.push(...(await ops.index("by_state").getAll([user, state])));
    for (const op of found) await ops.put({ ...op, tries: op.tries + 1 });
    return found.sort((a, b) => a.seq - b.seq);
  });
}

export async function seal(rescue: Rescue, code: string): Promise<Uint8Array<ArrayBuffer>> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const plain = await squeeze(new TextEncoder().encode(JSON.stringify(rescue)), new CompressionStream("deflate-raw"));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, await keyOf(code, salt), plain);
  const file = new Uint8Array(28 + sealed.byteLength);
  file.set(salt);
  file.set(nonce, 16);
  file.set(new Uint8Array(sealed), 28);
  return file;
}

export async function open(file: Uint8Array<ArrayBuffer>, code: string): Promise<Rescue> {
  try {
    const key = await keyOf(code, file.slice(0, 16));
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: file.slice(16, 28) }, key, file.slice(28));
    const text = await squeeze(new Uint8Array(plain), new DecompressionStream("deflate-raw"));
    const rescue = JSON.parse(new TextDecoder().decode(text)) as Rescue;
    if (rescue.format !== FORMAT) throw new WrongCode();
    return rescue;
  } catch {
    // The cipher cannot tell a wrong code from a damaged file.
    throw new WrongCode();
  }
}

async function keyOf(code: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const spoken = new TextEncoder().encode(code.toUpperCase().replace(/[^0-9A-Z]/g, ""));
  const secret = await crypto.subtle.importKey("raw", spoken, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function squeeze(bytes: Uint8Array<ArrayBuffer>, how: GenericTransformStream): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(how as ReadableWritablePair<Uint8Array, Uint8Array>);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Takes a rescue into this phone's queue, to be sent under its own device. Known entries are left alone. */
export function bringIn(db: Database, user: string, rescue: Rescue): Promise<number> {
  const owner = { user, device: rescue.device };
  return durably(db, async (tx) => {
    const ops = tx.objectStore("ops");
    let added = 0;
    for (const { item, session, day } of rescue.ops) {
      const known = (await ops.index("by_id").getAll(item.id)).filter((op) => op.user === user);
      if (known.some((op) => canonical(op.item) === canonical(item))) continue;
      await ops.add(opOf(owner, item, session, day));
      added += 1;
    }
    return added;
  });
}

// --- a run of QR codes -----------------------------------------------------------------------------------------------
/** `XKS1/<run>/<number>/<of>/<base64>`: any order, any number of times. */
export function split(file: Uint8Array, run: string): string[] {
  const of = Math.max(1, Math.ceil(file.length / QR_BYTES));
  return Array.from({ length: of }, (_, place) => {
    const part = file.slice(place * QR_BYTES, (place + 1) * QR_BYTES);
    return `XKS1/${run}/${place + 1}/${of}/${btoa(String.fromCharCode(...part))}`;
  });
}

function decoded(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null; // misread
  }
}

export class Joiner {
  private run = "";
  private parts: (Uint8Array | undefined)[] = [];

  /** How many of how many are there; null for a code that is not of ours. */
  add(text: string): { have: number; of: number } | null {
    const [mark, run, number, of, ...data] = text.split("/");
    const [place, total] = [Number(number), Number(of)];
    if (mark !== "XKS1" || !run || !Number.isInteger(place) || !Number.isInteger(total)) return null;
    if (!(place >= 1 && place <= total && total <= MOST_CODES)) return null;
    const part = decoded(data.join("/"));
    if (!part) return null;
    if (run !== this.run || this.parts.length !== total) {
      this.run = run;
      this.parts = Array.from({ length: total });
    }
    this.parts[place - 1] = part;
    return { have: this.parts.filter(Boolean).length, of: total };
  }

  file(): Uint8Array<ArrayBuffer> | null {
    if (!this.parts.length || this.parts.some((part) => !part)) return null;
    const whole = new Uint8Array(this.parts.reduce((sum, part) => sum + part!.length, 0));
    let place = 0;
    for (const part of this.parts) {
      whole.set(part!, place);
      place += part!.length;
    }
    return whole;
  }
}

/** The server as docs/sync.md tells of it, in a few lines and with a digest of its own making. */
import { createHash } from "node:crypto";
import type { AttendanceItem, Item, ItemResult, Ledger, LogItem, SessionItem, VoidItem } from "../src/wire";

interface Receipt {
  kind: Item["type"];
  device: string;
  day: string;
  digest: string;
}

const FIELDS: Record<Item["type"], Record<string, unknown>> = {
  session: { team: null, day: null, point: null, started_at: null, ended_at: null, note: "" },
  log: {
    session: null, service: null, result: null, people: null, same_visit: false, quantity: null, metric: null,
    age_group: null, beneficiary: null, channel: "point", happened_at: null,
  },
  attendance: { session: null, volunteer: null, minutes: null },
  void: { target: null, reason: null },
};

const sha256 = (content: unknown): string => createHash("sha256").update(JSON.stringify(content)).digest("hex");

export function digestByHand(item: Item): string {
  const sent = item as unknown as Record<string, unknown>;
  const whole: Record<string, unknown> = { id: item.id, type: item.type };
  for (const [name, standard] of Object.entries(FIELDS[item.type])) {
    let value = sent[name];
    if (typeof value === "string") value = value.normalize("NFC").split(/\s+/).filter(Boolean).join(" ");
    if (name.endsWith("_at") && value) value = new Date(value as string).toISOString();
    whole[name] = value === "" || value === undefined || value === null ? standard : value;
  }
  return sha256(Object.fromEntries(Object.keys(whole).sort().map((name) => [name, whole[name]])));
}

export class ModelServer {
  readonly receipts = new Map<string, Receipt>();
  readonly sessions = new Map<string, SessionItem>();
  readonly logs = new Map<string, LogItem>();
  readonly ticks = new Map<string, AttendanceItem>();
  readonly voids = new Map<string, VoidItem>();
  today = "";
  /** Codes that it will not have, until somebody mends the catalogue. */
  readonly unknown = new Set<string>();

  receive(device: string, items: Item[]): ItemResult[] {
    const results = new Map<number, ItemResult>();
    const places = items.map((item, place) => [item, place] as const);
    const voids = [...this.voids.values(), ...items.filter((item) => item.type === "void")];
    const back = new Set(voids.map(({ target }) => target));
    const order = [["session"], ["log", "attendance"], ["void"]];
    for (const kinds of order)
      for (const [item, place] of places)
        if (kinds.includes(item.type)) results.set(place, this.one(device, item, back));
    return items.map((_, place) => results.get(place)!);
  }

  private one(device: string, item: Item, back: Set<string>): ItemResult {
    const digest = digestByHand(item);
    const known = this.receipts.get(item.id);
    const answer = (status: ItemResult["status"], held: string | null, code = ""): ItemResult => ({
      id: item.id, status, digest: held, errors: code ? [{ code, detail: `${code}: xem lại` }] : [],
    });
    if (known?.digest === digest) return answer("replayed", digest);
    if (known && item.type === "session" && known.kind === "session") return this.version(item, known, digest, answer);
    if (known) return answer("conflict", known.digest, "id_taken");
    const fault = this.fault(item, back);
    if (fault) return answer("rejected", null, fault);
    const session = item.type === "session" ? item : item.type === "void" ? null : this.sessions.get(item.session)!;
    this.receipts.set(item.id, { kind: item.type, device, day: session?.day ?? this.today, digest });
    this.keep(item);
    return answer("stored", digest);
  }

  private version(
    item: SessionItem, known: Receipt, digest: string,
    answer: (status: ItemResult["status"], held: string | null, code?: string) => ItemResult,
  ): ItemResult {
    const held = this.sessions.get(item.id)!;
    const same = (["team", "day", "point"] as const).every((name) => item[name] === held[name]) &&
      Date.parse(item.started_at) === Date.parse(held.started_at);
    const [sent, kept] = [item.ended_at, held.ended_at].map((at) => (at ? Date.parse(at) : 0)) as [number, number];
    if (!same || sent === kept) return answer("conflict", known.digest, "id_taken");
    if (sent < kept) return answer("replayed", known.digest);
    if (this.personal(item.note)) return answer("rejected", known.digest, "personal_data");
    this.sessions.set(item.id, item);
    known.digest = digest;
    return answer("stored", digest);
  }

  private fault(item: Item, back: Set<string>): string | null {
    if (item.type === "session") {
      if (this.unknown.has(item.team)) return "unknown_team";
      return this.personal(item.note) ? "personal_data" : null;
    }
    if (item.type === "void") {
      if (this.personal(item.reason)) return "personal_data";
      return this.voids.has(item.target) ? "not_voidable" : null;
    }
    if (!this.sessions.has(item.session)) return "unknown_session";
    if (item.type === "log") return this.unknown.has(item.service) ? "unknown_service" : null;
    if (this.unknown.has(item.volunteer)) return "unknown_volunteer";
    const there = [...this.ticks.values()].some(
      ({ id, session, volunteer }) => session === item.session && volunteer === item.volunteer && !back.has(id),
    );
    return there && !back.has(item.id) ? "already_present" : null;
  }

  private personal(text: string): boolean {
    return /\d{9}/.test(text);
  }

  private keep(item: Item): void {
    if (item.type === "session") this.sessions.set(item.id, item);
    if (item.type === "log") this.logs.set(item.id, item);
    if (item.type === "attendance") this.ticks.set(item.id, item);
    if (item.type === "void") this.voids.set(item.id, item);
  }

  // --- what it holds ------------------------------------------------------------------------------------------------
  ledger(device: string, day: string): Ledger {
    const pairs = [...this.receipts].filter(([id, receipt]) => receipt.device === device && this.dayOf(id) === day);
    const sorted = pairs.map(([id, { digest }]) => [id, digest]).sort(([a], [b]) => (a! < b! ? -1 : 1));
    return { device, day, count: sorted.length, digest: sha256(sorted) };
  }

  private dayOf(id: string): string {
    const target = this.voids.get(id)?.target;
    return (target && this.receipts.get(target)?.day) || this.receipts.get(id)!.day;
  }

  private stands(id: string): boolean {
    return ![...this.voids.values()].some(({ target }) => target === id);
  }

  /** What counts of a shift, of what came from `device`. */
  live(session: string, device: string): (LogItem | AttendanceItem)[] {
    return [...this.logs.values(), ...this.ticks.values()].filter(
      (item) => item.session === session && this.stands(item.id) && this.receipts.get(item.id)!.device === device,
    );
  }
}

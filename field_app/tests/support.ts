/** A phone for the tests: a database in memory, a server in memory, and a network that fails as it is told to. */
import "fake-indexeddb/auto";
import { Clock, inVietnam } from "../src/clock";
import { uuid7 } from "../src/ids";
import { compareLedgers } from "../src/ledger";
import * as queue from "../src/queue";
import { deviceOf, openStore, type Database } from "../src/store";
import { Runner, type Outside, type SyncStatus } from "../src/sync";
import type { AttendanceItem, Item, LogItem, SessionItem } from "../src/wire";
import { ModelServer } from "./model_server";

/** Yesterday, so that no time of a test is by chance that of its clock. */
const dayBefore = (days: number): string => inVietnam(Date.now() - days * 24 * 3600_000).slice(0, 10);
export const [DAY, EARLIER] = [dayBefore(1), dayBefore(2)];
export const at = (minute: number): string => new Date(Date.parse(`${DAY}T00:30:00Z`) + minute * 60_000).toISOString();

export const sessionItem = (fields: Partial<SessionItem> = {}): SessionItem => ({
  type: "session", id: uuid7(), team: "TO-TT", day: DAY, point: null, started_at: at(0), ended_at: null, note: "",
  ...fields,
});
export const logItem = (session: string, fields: Partial<LogItem> = {}): LogItem => ({
  type: "log", id: uuid7(), session, service: "DVC-NOP", result: "done_assisted", people: 1, same_visit: false,
  quantity: null, metric: null, age_group: null, beneficiary: null, channel: "point", happened_at: at(10), ...fields,
});
export const tickItem = (session: string, volunteer = "TNV-1"): AttendanceItem => ({
  type: "attendance", id: uuid7(), session, volunteer, minutes: null,
});

export type Fault =
  | "none" | "offline" | "lost" | "empty" | "half body" | "500" | "502" | "503" | "429" | "413" | "401" | "403"
  | "portal" | "token" | "twice" | "late twin" | "half" | "silent";

function problem(status: number, code: string, more: Record<string, string> = {}): Response {
  const headers = { "Content-Type": "application/problem+json", ...more };
  return new Response(JSON.stringify({ code, detail: code }), { status, headers });
}

/** Between phones and server. `faults`: one for each POST to come; afterwards all goes well. */
export class Network {
  faults: Fault[] = [];
  posts = 0;
  calls = 0;
  account = { id: "7", name: "Lan" };
  /** Changes with each sign-in. */
  token = "t1";
  signedIn = true;
  ahead = 0;
  minProto = 1;
  most = 500;
  /** Items that make the server break down. */
  poison: (item: Item) => boolean = () => false;
  private twins: (() => void)[] = [];

  constructor(readonly server = new ModelServer()) {}

  readonly fetch = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    this.calls += 1;
    const path = String(url);
    if (path.startsWith("/api/v1/sync/ledger/")) return this.ledger(new URL(path, "http://phone"));
    if (path !== "/field/api/session/") return this.post(init);
    if (this.faults[0] === "offline") {
      this.faults.shift();
      throw new TypeError("offline");
    }
    return this.session();
  };

  /** What the network had kept back arrives, long after everybody has forgotten it. */
  deliverTwins(): void {
    for (const twin of this.twins.splice(0)) twin();
  }

  private session(): Response {
    if (!this.signedIn) return problem(401, "not_authenticated");
    const server_time = new Date(Date.now() + this.ahead).toISOString();
    const { account: user, token: csrf, minProto: min_proto } = this;
    return new Response(JSON.stringify({ app: "xks-field", user, csrf, server_time, min_proto, max_proto: 1 }));
  }

  private ledger(url: URL): Response {
    const { device, day } = Object.fromEntries(url.searchParams) as { device: string; day: string };
    return new Response(JSON.stringify(this.server.ledger(device, day)));
  }

  private post(init: RequestInit): Response {
    this.posts += 1;
    const fault = this.faults.shift() ?? "none";
    const sent = JSON.parse(String(init.body)) as { device: string; items: Item[] };
    const before = this.refusal(fault, sent.items, init);
    if (before) return before;
    if (fault === "late twin") this.twins.push(() => this.server.receive(sent.device, sent.items));
    else this.deliverTwins();
    const items = fault === "half" ? sent.items.slice(0, Math.ceil(sent.items.length / 2)) : sent.items;
    const results = this.server.receive(sent.device, items);
    if (fault === "lost") throw new TypeError("connection reset");
    const again = fault === "twice" ? this.server.receive(sent.device, items) : results;
    const whole = JSON.stringify({ received_at: new Date().toISOString(), items: fault === "silent" ? [] : again });
    return new Response(fault === "empty" ? "" : fault === "half body" ? whole.slice(0, whole.length / 2) : whole);
  }

  /** What is answered before anything is read. */
  private refusal(fault: Fault, items: Item[], init: RequestInit): Response | null {
    if (fault === "offline") throw new TypeError("offline");
    if (fault === "portal") return new Response("<html>Chào mừng</html>");
    if (fault === "502") return new Response("<html>Bad gateway</html>", { status: 502 });
    if (fault === "503") return problem(503, "unavailable", { "Retry-After": "30" });
    if (fault === "429") return problem(429, "throttled", { "Retry-After": "7" });
    if (fault === "401" || !this.signedIn) return problem(401, "not_authenticated");
    if (fault === "403") return problem(403, "permission_denied");
    if (fault === "token") this.token += "'";
    if ((init.headers as Record<string, string>)["X-CSRFToken"] !== this.token) return problem(403, "csrf_failed");
    const isLarge = items.length > this.most || (fault === "413" && items.length > 1);
    if (isLarge) return new Response("<html/>", { status: 413 });
    if (fault === "500" || items.some(this.poison)) return new Response("<html/>", { status: 500 });
    return null;
  }
}

/** As browsers have them: one holder, a queue, `signal` for whoever waits, `steal`. */
export class Locks {
  private holder: { reject: (error: Error) => void } | null = null;
  private readonly queue: (() => void)[] = [];

  readonly request = ((_name: string, options: LockOptions, work: () => Promise<unknown>) =>
    new Promise<unknown>((resolve, reject) => {
      const gone = (): Error => new DOMException("gone", "AbortError");
      const start = (): void => {
        const me = { reject };
        this.holder = me;
        void Promise.resolve(work()).then(resolve, reject).finally(() => {
          if (this.holder !== me) return;
          this.holder = null;
          this.queue.shift()?.();
        });
      };
      if (options.steal) {
        this.holder?.reject(gone());
        return start();
      }
      if (!this.holder) return start();
      this.queue.push(start);
      options.signal?.addEventListener("abort", () => {
        const place = this.queue.indexOf(start);
        if (place >= 0) this.queue.splice(place, 1);
        reject(gone());
      });
    })) as unknown as LockManager["request"];
}

let names = 0;

/** One tab of a phone. A tab on the database of another: `on`. */
export class Tab {
  seen: SyncStatus[] = [];
  clock: Clock;

  private constructor(
    readonly db: Database, readonly owner: queue.Owner, readonly runner: Runner, readonly network: Network, clock: Clock,
  ) {
    this.clock = clock;
  }

  static async open(network: Network, { name = `phone-${++names}`, user = "7", clock = new Clock(), ...outside }:
    { name?: string; user?: string; clock?: Clock } & Partial<Outside> = {}): Promise<Tab> {
    const db = await openStore(name);
    const owner = { user, device: await deviceOf(db, user) };
    const seen: SyncStatus[] = [];
    const ask = async (device: string, day: string) =>
      (await (await runner.fetch(`/api/v1/sync/ledger/?device=${device}&day=${day}`, {})).json());
    const runner: Runner = new Runner(db, clock, () => user, (status) => seen.push(status),
      { fetch: network.fetch as typeof fetch, locks: undefined, random: () => 1, now: Date.now, ...outside },
      async () => void (await compareLedgers(db, owner, ask, Date.now())));
    const tab = new Tab(db, owner, runner, network, clock);
    tab.seen = seen;
    return tab;
  }

  /** One run, now, and no more by itself. */
  async send(): Promise<SyncStatus["phase"]> {
    await this.runner.kick(true);
    this.runner.stop();
    return this.runner.status.phase;
  }

  close(): void {
    this.runner.stop();
    this.db.close();
  }
}

export const ops = (tab: Tab) => tab.db.getAll("ops");
export const states = async (tab: Tab): Promise<string[]> => (await ops(tab)).map((op) => `${op.kind} ${op.state}`);

/** A phone with a shift and its lines, nothing of it sent. */
export async function phone(lines = 3, options: Parameters<typeof Tab.open>[1] = {}) {
  const network = new Network();
  const tab = await Tab.open(network, options);
  const session = sessionItem();
  await queue.openShift(tab.db, tab.owner, session);
  const items = Array.from({ length: lines }, (_, minute) => logItem(session.id, { happened_at: at(minute) }));
  for (const item of items) await queue.record(tab.db, tab.owner, item);
  const unsent = async () => (await queue.counts(tab.db, "7")).unsent;
  return { network, server: network.server, tab, db: tab.db, owner: tab.owner, session, items, unsent };
}

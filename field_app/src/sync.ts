/** Sending: by itself, one tab at a time, until the server has given its word for each entry.
 *
 * The lock only saves traffic. Exactly once is the server's promise, so everything here may be repeated.
 */
import type { Clock } from "./clock";
import { BATCH, hold, settle, take } from "./queue";
import type { Database, Op } from "./store";
import { digestOf, type ItemResult } from "./wire";

export const LOCK = "xks-field-sync";
const STEAL_AFTER = 60_000;
const TIMEOUT = 20_000;
const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 5 * 60_000;
const TRIES_BEFORE_HALVING = 3;

export type Phase =
  | "idle" // nothing to send
  | "sending"
  | "waiting" // no network, a captive portal, a server in trouble: tries again by itself
  | "auth" // sign in again; logging goes on
  | "denied" // signed in, and not allowed to send
  | "other_user" // somebody else is signed in: only their entries are sent
  | "update"; // this app is too old for the server

export interface Account {
  id: string;
  name: string;
  csrf: string;
}

export interface SyncStatus {
  phase: Phase;
  /** When to try next, on the phone's clock. */
  next_at: number | null;
  last_receipt: number | null;
}

export interface Outside {
  fetch: typeof fetch;
  locks: Pick<LockManager, "request"> | undefined;
  random: () => number;
  now: () => number;
}

/** Why a run ended before the queue was empty. */
class Stop extends Error {
  constructor(
    readonly phase: Phase,
    readonly retryAfter: number | null = null,
  ) {
    super(phase);
  }
}

export class Runner {
  status: SyncStatus = { phase: "idle", next_at: null, last_receipt: null };
  account: Account | null = null;
  private failures = 0;
  private size = BATCH;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private again = false;
  private running: Promise<void> | null = null;

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly user: () => string | null,
    private readonly changed: (status: SyncStatus) => void,
    private readonly outside: Outside,
    /** After the queue is empty: photos, ledgers, the device's report. */
    private readonly afterwards: (account: Account) => Promise<void> = async () => {},
  ) {}

  /** Run now. Calls during a run make one more run, not several. A waiting time asked for by the server holds
   * unless the user or the network asks (`force`). */
  kick(force = false): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    if (!force && this.status.next_at !== null && this.outside.now() < this.status.next_at) return Promise.resolve();
    clearTimeout(this.timer);
    this.running = this.locked().finally(() => {
      this.running = null;
      if (this.again && this.status.phase === "idle") {
        this.again = false;
        void this.kick();
      }
    });
    return this.running;
  }

  private async locked(): Promise<void> {
    const { locks } = this.outside;
    if (!locks) return this.run();
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), STEAL_AFTER);
    try {
      await locks.request(LOCK, { signal: patience.signal }, () => {
        clearTimeout(timer);
        return this.run();
      });
    } catch (error) {
      // A holder that never lets go (a frozen tab): two senders at once are safe.
      if ((error as Error).name !== "AbortError") throw error;
      await locks.request(LOCK, { steal: true }, () => this.run());
    } finally {
      clearTimeout(timer);
    }
  }

  private async run(): Promise<void> {
    this.again = false;
    const user = this.user();
    if (user === null) return;
    try {
      this.tell("sending");
      const account = await this.signedIn();
      if (account.id !== user) throw new Stop("other_user");
      await this.empty(account, user);
      await this.afterwards(account);
      this.failures = 0;
      this.size = BATCH;
      this.tell("idle");
    } catch (error) {
      this.stopped(error);
    }
  }

  private async empty(account: Account, user: string): Promise<void> {
    for (;;) {
      const batch = await take(this.db, user, this.size);
      if (!batch.length) return;
      const settled = await this.send(batch, account);
      // Silence about all of it is a failure, or this would spin.
      if (settled === 0) throw new Stop("waiting");
      this.failures = 0;
    }
  }

  /** One batch. Entries of another device (a rescue) go under the name of their own. */
  private async send(batch: Op[], account: Account): Promise<number> {
    const device = batch[0]!.device;
    const own = batch.filter((op) => op.device === device);
    const body = JSON.stringify({ device, items: own.map((op) => op.item) });
    let response = await this.post(body, account);
    if (response.status === 403 && (await codeOf(response)) === "csrf_failed") {
      response = await this.post(body, await this.signedIn(true));
    }
    if (response.status === 200) {
      const answer = await json<{ received_at: string; items: ItemResult[] }>(response);
      if (!answer || !Array.isArray(answer.items)) throw new Stop("waiting");
      const digests = await Promise.all(own.map((op) => digestOf(op.item)));
      const settled = await settle(this.db, own, answer.items, digests, this.outside.now());
      if (settled) this.status.last_receipt = this.outside.now();
      return settled;
    }
    return this.failed(response, own);
  }

  private async failed(response: Response, batch: Op[]): Promise<number> {
    const { status } = response;
    if (status === 401) throw new Stop("auth");
    if (status === 403) throw new Stop("denied");
    if (status === 426) throw new Stop("update");
    if (status === 429 || (status === 503 && response.headers.has("Retry-After")))
      throw new Stop("waiting", retryAfter(response));
    if (status >= 500 && Math.max(...batch.map((op) => op.tries)) < TRIES_BEFORE_HALVING) throw new Stop("waiting");
    if (status < 400) throw new Stop("waiting"); // a captive portal's page
    // Too large, unreadable, or an entry that breaks the server: narrow it down, and let the others through.
    if (batch.length > 1) {
      this.size = Math.ceil(batch.length / 2);
      return batch.length;
    }
    const code = (await codeOf(response)) ?? `http_${status}`;
    await hold(this.db, batch[0]!, { code, detail: "" });
    this.size = BATCH;
    return 1;
  }

  /** Who is signed in: never a redirect, never from a cache. */
  async signedIn(fresh = false): Promise<Account> {
    if (this.account && !fresh) return this.account;
    const asked = this.outside.now();
    const response = await this.fetch("/field/api/session/", { redirect: "manual", cache: "no-store" });
    if (response.status === 401) throw new Stop("auth");
    const answer = response.ok ? await json<SessionAnswer>(response) : null;
    if (answer?.app !== "xks-field") throw new Stop("waiting");
    this.clock.learn(answer.server_time, asked, this.outside.now());
    if (answer.min_proto > 1) throw new Stop("update");
    this.account = { id: String(answer.user.id), name: answer.user.name, csrf: answer.csrf };
    return this.account;
  }

  private post(body: string, account: Account): Promise<Response> {
    return this.fetch("/api/v1/sync/", {
      method: "POST",
      body,
      redirect: "manual",
      headers: { "Content-Type": "application/json", "X-CSRFToken": account.csrf },
    });
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), TIMEOUT);
    try {
      return await this.outside.fetch(url, { credentials: "same-origin", ...init, signal: patience.signal });
    } catch {
      throw new Stop("waiting");
    } finally {
      clearTimeout(timer);
    }
  }

  private stopped(error: unknown): void {
    if (!(error instanceof Stop)) {
      this.wait(null);
      throw error;
    }
    // Asked again next time: the session may have ended, or begun.
    this.account = null;
    if (error.phase === "waiting") this.wait(error.retryAfter);
    else this.tell(error.phase);
  }

  private wait(asked: number | null): void {
    this.failures += 1;
    const doubled = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    const delay = asked ?? doubled * (0.5 + this.outside.random() / 2);
    this.tell("waiting", this.outside.now() + delay);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.kick(true), delay);
  }

  private tell(phase: Phase, next_at: number | null = null): void {
    this.status = { ...this.status, phase, next_at };
    this.changed(this.status);
  }
}

interface SessionAnswer {
  app: string;
  user: { id: string | number; name: string };
  csrf: string;
  server_time: string;
  min_proto: number;
}

async function json<T>(response: Response): Promise<T | null> {
  try {
    return (await response.json()) as T;
  } catch {
    return null; // an empty body, a login page, half an answer
  }
}

async function codeOf(response: Response): Promise<string | undefined> {
  return (await json<{ code?: string }>(response.clone()))?.code;
}

function retryAfter(response: Response): number {
  const seconds = Number(response.headers.get("Retry-After"));
  return Math.min(LONGEST_WAIT, Math.max(1, Number.isFinite(seconds) ? seconds : 60) * 1000);
}

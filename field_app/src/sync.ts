/** Sending: by itself, one tab at a time, until the server has given its word for each entry.
 *
 * The lock only saves traffic. Exactly once is the server's promise, so everything here may be repeated.
 */
import type { Clock } from "./clock";
import { makeRoom } from "./ledger";
import { BATCH, hold, settle, take } from "./outbox";
import { read, write, type Database, type Op } from "./store";
import { correctTimes } from "./times";
import { digestOf, type ItemResult } from "./wire";

export const LOCK = "xks-field-sync";
const STEAL_AFTER = 60_000;
const TIMEOUT = 20_000;
const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 5 * 60_000;
const TRIES_BEFORE_HALVING = 3;
/** Of an entry that is alone, so that nothing tells whether it is the server or the entry: an outage of two hours. */
const TRIES_BEFORE_HOLDING = 30;
/** Failures in a row after which a run gives the server a rest: enough to narrow fifty entries down to one. */
const FAILURES_IN_A_RUN = 8;
/** After a comparison of ledgers something may be to send again; more rounds would go in a circle. */
const ROUNDS = 3;

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

/** Why a run ended before all was done. */
export class Stop extends Error {
  constructor(
    readonly phase: Phase,
    readonly retryAfter: number | null = null,
  ) {
    super(phase);
  }
}

/** What one run has learnt of the server. */
interface Run {
  account: Account;
  /** It has taken something: what it fails on now is the entry's fault. */
  works: boolean;
  failures: number;
}

export class Runner {
  status: SyncStatus = { phase: "idle", next_at: null, last_receipt: null };
  account: Account | null = null;
  private failures = 0;
  private size = BATCH;
  /** Entries on which the server broke down while it took nothing else either: passed over until it works again. */
  private readonly suspects = new Set<number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private again = false;
  private running: Promise<void> | null = null;
  /** Another tab has taken the lock away: it thought this one frozen. */
  private robbed = false;
  private asking: Promise<Account> | null = null;
  private corrected: number | null = null;

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly user: () => string | null,
    private readonly changed: (status: SyncStatus) => void,
    private readonly outside: Outside,
    /** After the queue is empty: photos, ledgers, the device's report. */
    private readonly afterwards: (account: Account) => Promise<void> = async () => {},
  ) {}

  /** Run now, and say when it is over. Calls during a run make one more run, not several. While the server has asked
   * for a rest, or waits for a sign-in, only the user or the network (`force`) makes it run. */
  kick(force = false): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    if (!force && this.isResting()) return Promise.resolve();
    clearTimeout(this.timer);
    this.running = this.runs().finally(() => (this.running = null));
    return this.running;
  }

  /** No more by itself: the page goes, or the tests are over. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private isResting(): boolean {
    const { phase, next_at } = this.status;
    if (phase === "waiting") return next_at !== null && this.outside.now() < next_at;
    return phase !== "idle" && phase !== "sending";
  }

  private async runs(): Promise<void> {
    do {
      this.again = false;
      await this.locked();
    } while (this.again && this.status.phase === "idle");
  }

  private async locked(): Promise<void> {
    const { locks } = this.outside;
    if (!locks) return this.run();
    let mine: Promise<void> | undefined;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), STEAL_AFTER);
    const start = () => {
      clearTimeout(timer);
      return (mine = this.run());
    };
    this.robbed = false;
    try {
      await locks.request(LOCK, { signal: patience.signal }, start);
    } catch (error) {
      if ((error as Error).name !== "AbortError") throw error;
      if (mine) this.robbed = true;
      // A holder that never lets go (a frozen tab): two senders at once are safe.
      else await locks.request(LOCK, { steal: true }, start).catch(() => (this.robbed = true));
      await mine;
    } finally {
      clearTimeout(timer);
    }
  }

  private async run(): Promise<void> {
    const user = this.user();
    if (user === null) return;
    try {
      this.tell("sending");
      // Whom another run has met there may have gone since.
      const account = await this.signedIn(this.account?.id !== user);
      if (account.id !== user) throw new Stop("other_user");
      await this.correctTimes(user);
      const run: Run = { account, works: false, failures: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        const sent = await this.empty(run, user);
        if (round && !sent) break;
        await this.afterwards(run.account);
      }
      this.failures = 0;
      this.tell("idle");
    } catch (error) {
      if ((error as Error).name === "QuotaExceededError") await this.makeRoom(user);
      this.stopped(error);
    }
  }

  private async makeRoom(user: string): Promise<void> {
    try {
      await makeRoom(this.db, user, this.outside.now());
    } catch (error) {
      console.error(error);
    }
  }

  /** Before anything is sent: the times of what was recorded by a wrong clock. */
  private async correctTimes(user: string): Promise<void> {
    if (this.corrected === this.clock.offset) return;
    await correctTimes(this.db, user, this.clock.offset);
    this.corrected = this.clock.offset;
  }

  private async empty(run: Run, user: string): Promise<number> {
    let sent = 0;
    for (;;) {
      if (this.robbed || this.user() !== user) throw new Stop("waiting");
      const batch = await take(this.db, user, this.size, this.suspects);
      if (!batch.length && this.suspects.size) {
        // All that is left, and nothing to tell whether it is they or the server.
        this.suspects.clear();
        throw new Stop("waiting");
      }
      if (!batch.length) return sent;
      sent += batch.length;
      await this.send(batch, run);
    }
  }

  private async send(batch: Op[], run: Run): Promise<void> {
    const body = JSON.stringify({ device: batch[0]!.device, items: batch.map((op) => op.item) });
    let response = await this.post(body, run.account);
    if (response.status === 403 && (await codeOf(response)) === "csrf_failed") {
      // A sign-in in another tab changes the token; and it may be somebody else's.
      const { id } = run.account;
      run.account = await this.signedIn(true);
      if (run.account.id !== id) throw new Stop("other_user");
      response = await this.post(body, run.account);
    }
    if (response.status !== 200) return this.failed(response, batch, run);
    const answer = await json<{ items: ItemResult[] }>(response);
    if (!Array.isArray(answer?.items)) throw new Stop("waiting");
    const digests = await Promise.all(batch.map((op) => digestOf(op.item)));
    // Silence about all of it is a failure, or this would spin.
    if (!(await settle(this.db, batch, answer.items, digests, this.outside.now()))) throw new Stop("waiting");
    run.works = true;
    run.failures = this.failures = 0;
    this.suspects.clear();
    this.size = Math.min(BATCH, this.size * 2);
    this.status.last_receipt = this.outside.now();
    await write(this.db, "receipt", this.status.last_receipt);
  }

  /** Tells what to do from here; returns when the run may go on. */
  private async failed(response: Response, batch: Op[], run: Run): Promise<void> {
    const { status } = response;
    const code = await codeOf(response);
    if (status === 401 && code) throw new Stop("auth");
    if (status === 403 && code) throw new Stop("denied");
    if (status === 426) throw new Stop("update");
    if (status === 429 || (status === 503 && response.headers.has("Retry-After")))
      throw new Stop("waiting", retryAfter(response));
    // Too large, unreadable, or an entry that breaks the server: narrow it down, and let the others through. All else
    // (a gateway without a server, a captive portal, a proxy's page) says nothing about the entries.
    const refuses = status === 413 || (status === 400 && code !== undefined);
    if (!refuses && status !== 500) throw new Stop("waiting");
    if (status === 500 && Math.max(...batch.map((op) => op.tries)) < TRIES_BEFORE_HALVING) throw new Stop("waiting");
    run.failures += 1;
    if (batch.length > 1) this.size = Math.ceil(batch.length / 2);
    else if (refuses || run.works || batch[0]!.tries >= TRIES_BEFORE_HOLDING) await hold(this.db, batch[0]!.seq, { code: code ?? `http_${status}`, detail: "" });
    else this.suspects.add(batch[0]!.seq);
    if (run.failures >= FAILURES_IN_A_RUN && !refuses) throw new Stop("waiting");
  }

  /** Who is signed in: never a redirect, never from a cache. */
  async signedIn(fresh = false): Promise<Account> {
    if (this.account && !fresh) return this.account;
    // Asked twice at once, each answer would bring a token of its own, and only one of them would hold.
    return (this.asking ??= this.ask().finally(() => (this.asking = null)));
  }

  private async ask(): Promise<Account> {
    const asked = this.outside.now();
    const response = await this.fetch("/field/api/session/", { redirect: "manual", cache: "no-store" });
    if (response.status === 401 && (await codeOf(response))) throw new Stop("auth");
    const answer = response.ok ? await json<SessionAnswer>(response) : null;
    if (answer?.app !== "xks-field") throw new Stop("waiting");
    const learnt = this.clock.learn(answer.server_time, asked, this.outside.now());
    if (learnt) await write(this.db, "offset", this.clock.offset);
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

  /** The whole answer, or none in time: half a body is as good as silence. */
  async fetch(url: string, init: RequestInit): Promise<Response> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), TIMEOUT);
    try {
      const response = await this.outside.fetch(url, { credentials: "same-origin", ...init, signal: patience.signal });
      const { status, statusText, headers } = response;
      if (status < 200 || [204, 205, 304].includes(status)) return response;
      return new Response(await response.arrayBuffer(), { status, statusText, headers });
    } catch {
      throw new Stop("waiting");
    } finally {
      clearTimeout(timer);
    }
  }

  private stopped(error: unknown): void {
    // Asked again next time: the session may have ended, or begun.
    this.account = null;
    if (error instanceof Stop && error.phase !== "waiting") return this.tell(error.phase);
    // Of the phone itself (its database, a fault in here): nothing is lost by trying again.
    if (!(error instanceof Stop)) console.error(error);
    this.wait(error instanceof Stop ? error.retryAfter : null);
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

/** The correction and the last receipt of the visit before. */
export async function lastVisit(db: Database): Promise<{ offset: number; last_receipt: number | null }> {
  const [offset, last_receipt] = await Promise.all([read<number>(db, "offset"), read<number>(db, "receipt")]);
  return { offset: offset ?? 0, last_receipt: last_receipt ?? null };
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
  // A date, or nothing at all: a minute.
  const seconds = parseInt(response.headers.get("Retry-After") ?? "", 10);
  return Math.min(LONGEST_WAIT, Math.max(1, Number.isNaN(seconds) ? 60 : seconds) * 1000);
}

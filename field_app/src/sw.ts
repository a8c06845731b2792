/** The worker of the field app. The server writes `self.XKS` before it: its version and its files.
 *
 * It installs whole or not at all, answers GET of its own files and nothing else (no API, no page of a person), and sends
 * what is unsent when the browser wakes it up for that.
 */
import { Clock } from "./clock";
import { counts } from "./queue";
import { openStore, read, write } from "./store";
import { LOCK, Runner } from "./sync";

declare const self: ServiceWorkerGlobalScope & { XKS: { version: string; shell: string; files: string[]; lazy: string[] } };
interface SyncEvent extends ExtendableEvent {
  tag: string;
}
interface InstallEvent extends ExtendableEvent {
  /** Chromium from 123 on. */
  addRoutes?(routes: { condition: { urlPattern: string }; source: "network" }[]): Promise<void>;
}

const PREFIX = "xks-field-";
const { version, shell, lazy } = self.XKS;
const files = [shell, ...self.XKS.files];
const NAME = PREFIX + version;
const served = new Set([...files, ...lazy]);

self.addEventListener("install", (event) => {
  passBy(event as InstallEvent);
  event.waitUntil(install());
});
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || !served.has(url.pathname)) return;
  if (url.search && request.mode !== "navigate") return;
  event.respondWith(fromCache(url.pathname, request));
});
self.addEventListener("message", (event) => {
  if (event.data === "skip") void self.skipWaiting();
  if (event.data === "later") event.waitUntil(fetchLater());
});
self.addEventListener("sync" as never, (event: SyncEvent) => {
  if (event.tag === LOCK) event.waitUntil(send());
});

/** What the worker would let pass anyway need not wake it up. That costs a cheap phone time with each batch, and more: a
 * new version takes over when the old worker is at rest, and a request that started it again could put that off. */
function passBy(event: InstallEvent): void {
  const routes = ["/field/api/*", "/api/*"].map((urlPattern) => ({ condition: { urlPattern }, source: "network" as const }));
  void event.addRoutes?.(routes).catch(() => undefined);
}

/** Every file, or none: a cache filled by half would be an app that breaks without a network. */
async function install(): Promise<void> {
  const answers = await Promise.all(files.map(fresh));
  const cache = await caches.open(NAME);
  await Promise.all(files.map((path, place) => cache.put(path, answers[place]!)));
}

async function fresh(path: string): Promise<Response> {
  const isHashed = /\.[0-9a-f]{12}\.\w+$/.test(path);
  // A name with a hash in it never changes its content: what the last version had is taken over.
  const had = isHashed ? await caches.match(path) : undefined;
  if (had) return had;
  const response = await fetch(path, { cache: isHashed ? "default" : "no-cache", redirect: "error", credentials: "same-origin" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  // An error page, or a captive portal's, must never become the shell.
  if (path === shell && response.headers.get("X-Field-Shell") !== version) throw new Error("not this version's shell");
  return path === shell ? withoutLink(response) : response;
}

/** What a first visit asks for ahead, a kept shell must not: it has the kit. */
async function withoutLink(response: Response): Promise<Response> {
  const headers = new Headers(response.headers);
  headers.delete("Link");
  return new Response(await response.blob(), { headers });
}

async function forgetOthers(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
}

async function fromCache(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  return (await cache.match(path)) ?? fetch(request);
}

async function fetchLater(): Promise<void> {
  const cache = await caches.open(NAME);
  for (const path of lazy) if (!(await cache.match(path))) await cache.add(path).catch(() => undefined);
}

/** A page that is sending needs no help; and an event that waits for it would keep a new version waiting as well. */
const ifFree = {
  request: (name: string, _options: LockOptions, start: (lock: Lock | null) => unknown) =>
    navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? start(lock) : undefined)),
} as Pick<LockManager, "request">;

/** Rejects when something is left, so that the browser wakes it up again. */
async function send(): Promise<void> {
  const db = await openStore();
  try {
    const user = await read<{ id: string } | null>(db, "user");
    if (!user || (await read(db, "signed_out"))) return;
    const clock = new Clock((await read<number>(db, "offset")) ?? 0);
    const outside = { fetch: self.fetch.bind(self), locks: ifFree, random: Math.random, now: Date.now };
    // The browser lets this event end before a new version takes over: then no batch more than the one at hand.
    const sender = (): string | null => (self.registration.waiting ? null : user.id);
    const runner = new Runner(db, clock, sender, () => undefined, outside);
    await runner.kick(true);
    runner.stop();
    if (runner.status.last_receipt) await write(db, "receipt", runner.status.last_receipt);
    new BroadcastChannel("xks-field").postMessage("changed");
    const mayTryAgain = runner.status.phase === "waiting" || runner.status.phase === "idle";
    if (mayTryAgain && (await counts(db, user.id)).unsent) throw new Error("something is left");
  } finally {
    db.close();
  }
}

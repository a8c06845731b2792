/** The entry: opens the phone's database, draws what is there, and then asks the server. */
import * as preact from "preact";
import * as jsx from "preact/jsx-runtime";
import type { ComponentType } from "preact";
import { afterSending, compare, type Phone } from "./after";
import * as actions from "./actions";
import { Clock } from "./clock";
import * as ids from "./ids";
import * as kit from "./kit";
import * as photos from "./photos";
import * as queue from "./queue";
import * as state from "./state";
import * as store from "./store";
import { Runner, type SyncStatus } from "./sync";
import * as text from "./text";
import * as close from "./ui/close";
import * as day from "./ui/day";
import * as frame from "./ui/frame";
import { Bulk, Log } from "./ui/log";
import * as parts from "./ui/parts";
import { ShiftScreen } from "./ui/shift";
import { Welcome } from "./ui/welcome";
import { watchUpdates } from "./update";

const { one, s, set } = state;
const { t } = text;

// For the later part of the app (SHARED in scripts/build_assets.mjs).
Object.assign(globalThis, { XKS: { preact, jsx, state, text, store, queue, actions, photos, kit, ids, parts, frame, close, day } });

const SCREENS: Partial<Record<state.ScreenName, ComponentType>> = {
  day: day.Day, open: day.Open, shift: ShiftScreen, log: Log, bulk: Bulk, present: close.Present, close: close.Close, rules: close.Rules,
};

function App() {
  if (!s.user) return <Welcome />;
  const Screen = SCREENS[state.screen().name];
  if (Screen) return <Screen />;
  void loadMore();
  return <frame.Frame title={text.t.loading} back="day">{null}</frame.Frame>;
}

let loading: Promise<unknown> | null = null;

function loadMore(): Promise<unknown> {
  return (loading ??= import(one.element.dataset.more!)
    .then((more: { screens: typeof SCREENS }) => {
      Object.assign(SCREENS, more.screens);
      set({});
    })
    .catch(() => {
      loading = null;
      setTimeout(() => set({ alarm: text.t.needsNetwork }));
    }));
}

// --- who ---------------------------------------------------------------------------------------------------------------
/** Whoever has signed in is whose entries are shown and sent; those of others stay, untouched. */
async function become(user: string, name: string): Promise<void> {
  const names = (await store.read<Record<string, string>>(one.db, "users")) ?? {};
  await store.write(one.db, "users", { ...names, [user]: name });
  await store.write(one.db, "user", { id: user, name });
  set({ user, name, device: await store.deviceOf(one.db, user), visitor: null, shift: null, shifts: [] });
  await Promise.all([actions.readKit(), actions.readOthers()]);
  await actions.refresh();
}

/** Asked at the start, and on return from the page that signs in. */
async function whoIsThere(): Promise<void> {
  try {
    if (await store.read(one.db, "signed_out")) await signOutThere();
    const account = await one.runner.signedIn(true);
    if (account.id !== s.user) await become(account.id, account.name);
  } catch {
    // No network, or nobody signed in: what is on the phone is shown.
  }
}

async function signOut(): Promise<void> {
  await store.write(one.db, "signed_out", true);
  await store.write(one.db, "user", null);
  s.draft = {};
  one.runner.account = null;
  set({ user: null, name: "", kit: null, shift: null, shifts: [] });
  state.done("day");
  await signOutThere().catch(() => undefined);
  set({});
}

/** Without a network it is done at the next start, before anybody is let in. */
async function signOutThere(): Promise<void> {
  try {
    const { csrf } = await one.runner.signedIn(true);
    const headers = { "X-CSRFToken": csrf };
    await one.runner.fetch(one.element.dataset.logout ?? "/logout/", { method: "POST", headers, redirect: "manual" });
    one.runner.account = null;
  } catch (error) {
    if ((error as { phase?: string }).phase !== "auth") throw error;
  }
  await store.write(one.db, "signed_out", false);
}

// --- sending -----------------------------------------------------------------------------------------------------------
const languageHeader = (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), "Accept-Language": s.settings.language } });

const phone = (): Phone => ({
  db: one.db, clock: one.clock, runner: () => one.runner, device: s.device, language: s.settings.language,
  version: one.element.dataset.version ?? "", persisted: s.persisted,
});

function makeRunner(): Runner {
  const outside = { fetch: languageHeader, locks: navigator.locks, random: Math.random, now: Date.now };
  return new Runner(one.db, one.clock, () => s.user, statusChanged, outside, async (account) => {
    await afterSending(phone(), account);
    await actions.readKit();
  });
}

function statusChanged(status: SyncStatus): void {
  const before = s.sync;
  s.sync = status;
  const { account } = one.runner;
  if (status.phase === "other_user") void nameVisitor();
  else if (account) s.visitor = null;
  if (status.last_receipt !== before.last_receipt) void store.write(one.db, "receipt", status.last_receipt);
  if (one.clock.offset) void store.write(one.db, "offset", one.clock.offset);
  if (status.phase !== "sending") void actions.refresh();
  if (status.phase === "waiting" || status.phase === "auth") void inBackground();
}

async function nameVisitor(): Promise<void> {
  try {
    const { id, name } = await one.runner.signedIn(true);
    set({ visitor: { id, name } });
  } catch {
    // Asked again with the next try.
  }
}

/** Where there is Background Sync, the worker sends when the network is back, even with the app closed. */
async function inBackground(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration();
  const sync = (worker as unknown as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync;
  if (frame.unsent()) await sync?.register("xks-field-sync").catch(() => undefined);
}

function listen(): void {
  const kick = (): void => void one.runner.kick(true);
  addEventListener("online", kick);
  window.addEventListener("pageshow", (event) => event.persisted && void whoIsThere().then(kick));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && kick());
  addEventListener("xks-sign-out", () => void signOut());
  addEventListener("xks-switch", (event) => {
    const { id, name } = (event as CustomEvent<{ id: string; name: string }>).detail;
    void become(id, name).then(kick);
  });
  addEventListener("xks-compare", () => void compareNow());
  let prompt: (Event & { prompt(): void }) | null = null;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    prompt = event as typeof prompt;
    set({ canInstall: true });
  });
  addEventListener("xks-install", () => {
    prompt?.prompt();
    set({ canInstall: false });
  });
}

async function compareNow(): Promise<void> {
  try {
    const account = await one.runner.signedIn(true);
    if (account.id === s.user) await compare(phone(), account.id, true);
    await one.runner.kick(true);
    await actions.refresh();
  } catch {
    set({ alarm: t.phases.waiting });
  }
}

// --- the start ---------------------------------------------------------------------------------------------------------
async function start(): Promise<void> {
  one.element = document.getElementById("app")!;
  one.db = await store.openStore("xks-field", () => location.reload());
  const [user, settings, receipt, offset] = await Promise.all(
    ["user", "settings", "receipt", "offset"].map((key) => store.read(one.db, key)),
  );
  one.clock = new Clock((offset as number | undefined) ?? 0);
  Object.assign(s.settings, settings);
  const known = user as { id: string; name: string } | null | undefined;
  if (known) Object.assign(s, { user: known.id, name: known.name, device: await store.deviceOf(one.db, known.id) });
  one.runner = makeRunner();
  one.runner.status.last_receipt = (receipt as number | undefined) ?? null;
  s.sync = { ...one.runner.status };
  if (s.settings.language !== "vi" || s.settings.large || s.settings.theme !== "auto") await actions.applySettings();
  await Promise.all([actions.readKit(), actions.readOthers()]);
  one.element.replaceChildren();
  state.drawWith(() => preact.render(<App />, one.element));
  state.whenShown(() => void actions.refresh());
  await actions.refresh();
  document.documentElement.dataset.ready = "shown";
  performance.mark("field-ready");
  await arrive();
}

/** What may take as long as it takes. */
async function arrive(): Promise<void> {
  listen();
  await releaseAfterUpdate();
  await whoIsThere();
  set({ ready: true });
  void one.runner.kick(true);
  watchUpdates();
  s.persisted = (await navigator.storage?.persisted?.()) ?? null;
}

/** What an older app could not send, a newer one may. */
async function releaseAfterUpdate(): Promise<void> {
  const version = one.element.dataset.version ?? "";
  if ((await store.read(one.db, "version")) === version) return;
  if (s.user) await queue.release(one.db, s.user);
  await store.write(one.db, "version", version);
}

void start();

/** The later part: sending, and the screens that are not part of the two taps. One file, kept by the worker. */
import { afterSending, compare, type Phone } from "./after";
import * as actions from "./actions";
import { goOnForCardBefore } from "./former";
import { readOthers } from "./more_actions";
import type { Rest } from "./app";
import * as queue from "./queue";
import { done, one, place, s, set } from "./state";
import * as store from "./store";
import { Runner, type Account, type SyncStatus } from "./sync";
import { learn, number, t } from "./text";
import { viRest } from "./text_rest";
import { unsent } from "./ui/frame";
import { Bulk } from "./ui/bulk";
import { Close, Present, Rules } from "./ui/close";
import * as coming from "./ui/coming";
import { later } from "./ui/day";
import { List, Notes, Problems } from "./ui/entries";
import { Open } from "./ui/open";
import { Rescue } from "./ui/rescue";
import { ClosedOrReturned, ReturnedScreen } from "./ui/returned";
import { Settings } from "./ui/settings";
import { Sync } from "./ui/sync";
import { isTakingOver, watchUpdates } from "./update";

learn(viRest);

Object.assign(later, coming);

/** The styles of these screens, in one rule: no further request, and nothing that the content policy refuses. */
declare const STYLES: string;
document.styleSheets[0]!.insertRule(STYLES, document.styleSheets[0]!.cssRules.length);

export const screens: Rest["screens"] = {
  bulk: Bulk, close: Close, closed: ClosedOrReturned, list: List, notes: Notes, open: Open, present: Present, problems: Problems,
  rescue: Rescue, returned: ReturnedScreen, rules: Rules, settings: Settings, sync: Sync,
};

type Become = Parameters<Rest["begin"]>[0];
let become: Become;
let runner: Runner;

export async function begin(how: Become): Promise<void> {
  become = async (account) => {
    await how(account);
    await readOthers();
  };
  one.runner = runner = makeRunner();
  listen();
  s.version = versionOf(import.meta.url);
  // What failed again and again is tried once more at each start: the server may have been mended, or the app.
  if (s.user) await queue.release(one.db, s.user);
  await readOthers();
  await whoIsThere();
  void runner.kick(true);
  watchUpdates();
  s.persisted = (await navigator.storage?.persisted?.()) ?? null;
}

/** Every change of the app changes the name of this file. */
const versionOf = (url: string): string => url.match(/\.([0-9a-f]{6,})\.js/)?.[1] ?? "";

// --- who ---------------------------------------------------------------------------------------------------------------
/** Asked at the start, and on return from the page that signs in. */
async function whoIsThere(): Promise<void> {
  try {
    if (await store.read(one.db, "signed_out")) await signOutThere();
    const account = await runner.signedIn(true);
    if (account.id !== s.user) await become(account);
  } catch {
    // No network, or nobody signed in: what is on the phone is shown.
  }
}

async function signOut(): Promise<void> {
  await store.write(one.db, "signed_out", true);
  await store.write(one.db, "user", null);
  s.draft = {};
  set({ user: null, name: "", kit: null, shift: null, shifts: [] });
  await readOthers();
  done("day");
  await signOutThere().catch(() => undefined);
}

/** Without a network it is done at the next start, before anybody is let in. */
async function signOutThere(): Promise<void> {
  try {
    const { csrf } = await runner.signedIn(true);
    await runner.fetch("/logout/", { method: "POST", headers: { "X-CSRFToken": csrf }, redirect: "manual" });
  } catch (error) {
    if ((error as { phase?: string }).phase !== "auth") throw error;
  }
  runner.account = null;
  await store.write(one.db, "signed_out", false);
}

async function signIn(): Promise<void> {
  if (await store.read(one.db, "signed_out")) await signOutThere().catch(() => undefined);
  location.assign(place("login"));
}

// --- sending -----------------------------------------------------------------------------------------------------------
const inTheReadersLanguage = (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), "Accept-Language": s.settings.language } });

const phone = (): Phone => ({
  db: one.db, clock: one.clock, runner: () => runner, device: s.device, language: s.settings.language,
  version: s.version, persisted: s.persisted,
});

function makeRunner(): Runner {
  const outside = { fetch: inTheReadersLanguage, locks: navigator.locks, random: Math.random, now: Date.now };
  const made = new Runner(one.db, one.clock, () => s.user, statusChanged, outside, async (account) => {
    await goOn(account);
    await afterSending(phone(), account);
    await actions.readKit();
    await actions.refresh();
  });
  made.status = { ...s.sync };
  return made;
}

/** What the card before has left goes with the next round. */
async function goOn(account: Account): Promise<void> {
  const unsent = await goOnForCardBefore(phone(), account);
  if (unsent === null) return;
  coming.goesOn.unsent += unsent;
  if (unsent) actions.say(t.goesOn(number(unsent)));
  await readOthers();
  // Other tabs show it, too.
  actions.changed();
}

function statusChanged(status: SyncStatus): void {
  s.sync = { ...status, last_receipt: Math.max(status.last_receipt ?? 0, s.sync.last_receipt ?? 0) || null };
  if (status.phase === "other_user") void nameVisitor();
  else if (runner.account) s.visitor = null;
  if (status.phase !== "sending") void actions.refresh();
  if (status.phase === "waiting" || status.phase === "auth") void inBackground();
}

async function nameVisitor(): Promise<void> {
  try {
    const { id, name } = await runner.signedIn(true);
    set({ visitor: { id, name } });
  } catch {
    // Asked again with the next try.
  }
}

/** Where there is Background Sync, the worker sends when the network is back, even with the app closed. */
async function inBackground(): Promise<void> {
  if (isTakingOver()) return;
  const worker = await navigator.serviceWorker?.getRegistration();
  const sync = (worker as unknown as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync;
  if (unsent()) await sync?.register("xks-field-sync").catch(() => undefined);
}

function listen(): void {
  const kick = (): void => void runner.kick(true);
  addEventListener("online", kick);
  window.addEventListener("pageshow", (event) => event.persisted && void whoIsThere().then(kick));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && kick());
  addEventListener("xks-sign-in", () => void signIn());
  addEventListener("xks-sign-out", () => void signOut());
  addEventListener("xks-switch", () => void become(s.visitor!).then(kick));
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
    const account = await runner.signedIn(true);
    // What is unsent goes first: the server may hold it without having said so.
    await runner.kick(true);
    if (account.id === s.user) await compare(phone(), account.id, true);
    await runner.kick(true);
    await actions.refresh();
  } catch {
    set({ alarm: t.phases.waiting });
  }
}

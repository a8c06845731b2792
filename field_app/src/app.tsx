/** The entry, and all that two taps need: the day, the shift, the result. Everything else comes as one later part
 * (rest.tsx), since the first visit may be on a bad network.
 */
import { Fragment, render } from "preact";
import { jsx, jsxs } from "preact/jsx-runtime";
import type { ComponentType } from "preact";
import * as actions from "./actions";
import { Clock } from "./clock";
import { refreshKit } from "./kit";
import * as state from "./state";
import * as store from "./store";
import type { Account } from "./sync";
import * as text from "./text";
import * as day from "./ui/day";
import * as frame from "./ui/frame";
import * as log from "./ui/log";
import * as parts from "./ui/parts";
import { ShiftScreen } from "./ui/shift";
import { Welcome } from "./ui/welcome";

const { one, s, set } = state;

type Screens = Partial<Record<state.ScreenName, ComponentType>>;
const screens: Screens = { day: day.Day, shift: ShiftScreen, more: ShiftScreen, log: log.Log };

/** What the later part uses of this one: there is one state, one database, one Preact. */
const shared = { "jsx-runtime": { jsx, jsxs, Fragment }, actions, state, text, day, frame, log, parts };
Object.assign(globalThis, { XKS: shared });

export interface Rest {
  screens: Screens;
  begin: (become: typeof becomeUser) => Promise<void>;
}

function App() {
  if (!s.user) return <Welcome />;
  const { name } = state.screen();
  const Screen = screens[name === "shift" && s.shift?.ended_at ? "closed" : name];
  return Screen ? <Screen /> : <frame.Frame title={text.t.loading} back="day">{null}</frame.Frame>;
}

/** Whoever has signed in is whose entries are shown and sent; those of others stay, untouched. */
async function becomeUser({ id, name }: Pick<Account, "id" | "name">): Promise<void> {
  const names = (await store.read<Record<string, string>>(one.db, "users")) ?? {};
  await store.write(one.db, "users", { ...names, [id]: name });
  await store.write(one.db, "user", { id, name });
  set({ user: id, name, device: await store.deviceOf(one.db, id), visitor: null, shift: null, shifts: [] });
  await actions.readKit();
  await actions.refresh();
}

const pathOf = (url: string): string => (url.startsWith(location.origin) ? new URL(url).pathname : "");

/** The first visit: the kit says for whom it is, and one answer is enough to begin with. */
async function firstVisit(): Promise<void> {
  if (s.user) return;
  // Back from signing in: what was to be signed out is over.
  if (/^\/(login|field\/pass)\//.test(pathOf(document.referrer))) await store.write(one.db, "signed_out", false);
  if (await store.read(one.db, "signed_out")) return;
  try {
    // In so many words what the shell's Link has asked for already: any other header would be a second request.
    const account = await refreshKit(one.db, null, "", (url) => fetch(url));
    if (account) await becomeUser(account);
  } catch {
    // No network, or a captive portal's page: the later part asks again.
  }
}

async function loadRest(): Promise<void> {
  try {
    const rest = (await import(state.place("partRest"))) as Rest;
    Object.assign(screens, rest.screens);
    set({});
    await rest.begin(becomeUser);
  } catch (error) {
    console.warn(error);
    if (!screens.sync) setTimeout(() => void loadRest(), 5_000);
  }
}

async function start(): Promise<void> {
  const element = document.getElementById("app")!;
  one.db = await store.openStore("xks-field", () => location.reload());
  const [user, settings, offset, receipt] = await Promise.all(["user", "settings", "offset", "receipt"].map((key) => store.read(one.db, key)));
  one.clock = new Clock((offset as number | undefined) ?? 0);
  s.sync.last_receipt = (receipt as number | undefined) ?? null;
  Object.assign(s.settings, settings);
  const known = user as { id: string; name: string } | null | undefined;
  if (known) Object.assign(s, { user: known.id, name: known.name, device: await store.deviceOf(one.db, known.id) });
  if (s.settings.language !== "vi" || s.settings.large || s.settings.theme !== "auto") await actions.applySettings();
  await Promise.all([actions.readKit(), firstVisit()]);
  element.replaceChildren();
  element.removeAttribute("aria-busy");
  state.drawWith(() => render(<App />, element));
  state.whenShown(() => void actions.refresh());
  await actions.refresh();
  document.documentElement.dataset.ready = "1";
  performance.mark("field-ready");
  requestAnimationFrame(() => {
    const icon = document.querySelector<HTMLLinkElement>("link[data-later]");
    if (icon) icon.href = icon.dataset.later!;
    set({ ready: true });
  });
  await loadRest();
}

void start();

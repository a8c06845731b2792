/** One state object; whoever changes it calls `set`, which draws once. The screen is in the address, so that the phone's
 * back button and a reload do what they should.
 */
import type { Answer } from "./answers";
import type { Clock } from "./clock";
import type { Kit, Service } from "./kit";
import type { Agreement } from "./ledger";
import type { Counts, Owner } from "./queue";
import type { Database, Line, Op, Photo, Shift } from "./store";
import type { Runner, SyncStatus } from "./sync";
import type { AgeGroup, Channel } from "./wire";

export type Theme = "auto" | "light" | "dark";

export interface Settings {
  language: "vi" | "en";
  large: boolean;
  theme: Theme;
  /** Age group and channel stay as they were last chosen. */
  age: AgeGroup | null;
  channel: Channel;
}

export interface State {
  /** null: nobody has signed in on this phone yet. */
  user: string | null;
  name: string;
  device: string;
  /** The first screen is there and works; what comes now is the rest. */
  ready: boolean;
  kit: Kit | null;
  shift: Shift | null;
  shifts: Shift[];
  counts: Counts;
  photos: number;
  /** To staff, of shifts that were sent back. */
  answers: Answer[];
  others: { name: string; unsent: number }[];
  sync: SyncStatus;
  /** Who is signed in at the server, when it is somebody else. */
  visitor: { id: string; name: string } | null;
  agreements: Record<string, Agreement>;
  problems: Op[];
  /** Entries and photos of the shift on the list's screen. */
  entries: Op[];
  pictures: Photo[];
  settings: Settings;
  /** The next line is of the same citizen as this one. */
  same: Line | null;
  /** What was typed and is not saved. */
  draft: Record<string, string>;
  /** Told once, to screen readers too. */
  said: string;
  alarm: string;
  persisted: boolean | null;
  /** Of the app: of the shell and all that belongs to it. */
  version: string;
  canInstall: boolean;
}

export const s: State = {
  user: null,
  name: "",
  device: "",
  ready: false,
  kit: null,
  shift: null,
  shifts: [],
  counts: { unsent: 0, held: 0, refused: 0 },
  photos: 0,
  answers: [],
  others: [],
  sync: { phase: "idle", next_at: null, last_receipt: null },
  visitor: null,
  agreements: {},
  problems: [],
  entries: [],
  pictures: [],
  settings: { language: "vi", large: false, theme: "auto", age: null, channel: "point" },
  same: null,
  draft: {},
  said: "",
  alarm: "",
  persisted: null,
  version: "",
  canInstall: false,
};

/** What there is one of, and what needs no drawing. */
export const one = {} as {
  db: Database;
  clock: Clock;
  /** Comes with the later part of the app. */
  runner?: Runner;
};

/** Addresses that the server has written into the shell. */
export const place = (name: string): string => document.documentElement.dataset[name] ?? "";

let draw = (): void => {};

export function drawWith(how: () => void): void {
  draw = how;
}

export function set(part: Partial<State>): void {
  Object.assign(s, part);
  draw();
}

export const owner = (): Owner => ({ user: s.user ?? "", device: s.device, offset: one.clock.offset });

export const serviceOf = (code: string): Service | undefined => s.kit?.services.find((row) => row.code === code);

// --- the screen ------------------------------------------------------------------------------------------------------
export type ScreenName =
  | "day" | "open" | "shift" | "log" | "bulk" | "list" | "present" | "notes" | "close" | "rules"
  | "sync" | "problems" | "rescue" | "settings" | "closed" | "returned" | "more";

export interface Screen {
  name: ScreenName;
  /** Id of the shift. */
  id: string;
  /** Code of the service. */
  service: string;
}

export function screen(): Screen {
  const [name, id, service] = decodeURIComponent(location.hash.slice(1)).split("/");
  return { name: (name || "day") as ScreenName, id: id ?? "", service: service ?? "" };
}

const addressOf = (path: string): string => (path === "day" ? location.pathname : `#${path}`);

/** Forward: the back button leads here again. */
export function go(path: string): void {
  const spare = (history.state as { spare?: boolean } | null)?.spare;
  history[spare ? "replaceState" : "pushState"]({}, "", addressOf(path));
  shown();
}

/** Done with this screen: the next one takes its place, so that forty citizens are not forty steps back. */
export function done(path: string): void {
  history.replaceState({ spare: true }, "", addressOf(path));
  shown();
}

let last = "";
let onShow = (): void => {};

/** What to read for a screen before it can be drawn in full. */
export function whenShown(how: () => void): void {
  onShow = how;
  addEventListener("popstate", () => {
    // A screen that took the place of another stands twice in a row.
    if (location.hash === last) history.back();
    else shown();
  });
}

export function shown(): void {
  last = location.hash;
  s.alarm = "";
  if (!["log", "bulk", "shift"].includes(screen().name)) s.same = null;
  draw();
  onShow();
  scrollTo(0, 0);
}

/** A new version of the app must not cost what is being typed or chosen. */
export const halfEntered = (): boolean =>
  ["log", "bulk", "open", "close", "rescue"].includes(screen().name) || Object.values(s.draft).some(Boolean) || !!s.same;

/** What the leader does. Each one is durable before the screen says so; sending follows by itself. */
import { answersOf } from "./answers";
import { uuid7 } from "./ids";
import { counted, keptKit, type Service } from "./kit";
import { agreements } from "./ledger";
import { photosWaiting } from "./photos";
import * as queue from "./queue";
import { done, go, one, owner, place, s, screen, set, type Settings } from "./state";
import { write, read, type Line, type Shift } from "./store";
import { number, speak, t, type Text } from "./text";
import type { LogItem, Result, SessionItem } from "./wire";

/** Other tabs, and the worker that sends in the background. */
const channel = new BroadcastChannel("xks-field");
channel.onmessage = () => void refresh();

/** Reads anew what the screen shows. */
export async function refresh(): Promise<void> {
  const { db } = one;
  const user = s.user;
  if (!user) return set({});
  const { id, name } = screen();
  const today = one.clock.today();
  const [counts, receipt, photos, answers, known, shift, shifts] = await Promise.all([
    queue.counts(db, user),
    // Another tab, or the worker, may have had it.
    read<number>(db, "receipt"),
    photosWaiting(db, user),
    answersOf(db, user),
    agreements(db, user),
    id ? queue.shiftOf(db, user, id) : undefined,
    name === "day" ? db.getAllFromIndex("shifts", "by_day", IDBKeyRange.bound([user, ""], [user, "9999"])) : s.shifts,
  ]);
  const problems = name === "problems" ? await queue.refused(db, user) : s.problems;
  const entries = name === "list" || name === "shift" && shift?.ended_at ? (await db.getAllFromIndex("ops", "by_session", id)).filter((op) => op.user === user) : [];
  const pictures = name === "notes" ? (await db.getAll("photos")).filter((photo) => photo.session === id) : [];
  const shown = shifts.filter((each) => each.day === today || !each.ended_at).sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
  if (receipt) s.sync = { ...s.sync, last_receipt: receipt };
  set({ counts, photos, answers, agreements: known, shift: shift ?? null, shifts: shown, problems, entries, pictures });
}

export async function readKit(): Promise<void> {
  if (s.user) set({ kit: await keptKit(one.db, s.user) });
}

/** Something is to be sent; before the later part of the app is there, it is sent when it comes. */
export function changed(): void {
  channel.postMessage("changed");
  void one.runner?.kick();
}

export function say(text: string): void {
  // The same words twice are read out only if they change in between.
  set({ said: s.said === text ? `${text}\u00a0` : text });
}

/** A full disk, or a browser that stores nothing: the choice stays on the screen, and the leader is told. */
export async function durably(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    console.warn(error);
    set({ alarm: t.notSaved });
    return false;
  }
}

// --- the shift -------------------------------------------------------------------------------------------------------
export async function openShift(team: string, point: string | null, day = one.clock.today(), at?: string): Promise<void> {
  const started = day === one.clock.today() || !at ? one.clock.iso() : `${day}T${at}:00.000+07:00`;
  const item: SessionItem = { type: "session", id: uuid7(), team, day, point, started_at: started, ended_at: null, note: "" };
  if (!(await durably(() => queue.openShift(one.db, owner(), item)))) return;
  changed();
  askToPersist();
  (screen().name === "open" ? done : go)(`shift/${item.id}`);
}

/** One that another phone of the team has opened: both log into it. */
export async function joinShift(item: Omit<SessionItem, "type">): Promise<void> {
  const { id, team, day, point, started_at, note } = item;
  const whole: SessionItem = { type: "session", id, team, day, point, started_at, ended_at: null, note: note ?? "" };
  if (await durably(() => queue.adoptShift(one.db, owner(), whole))) go(`shift/${id}`);
}

export interface Entry {
  result: Result;
  people: number;
  quantity?: number;
}

export async function log(service: Service, entry: Entry): Promise<void> {
  const shift = s.shift;
  if (!shift) return;
  const id = uuid7();
  const item: LogItem = {
    type: "log",
    id,
    session: shift.id,
    service: service.code,
    result: entry.result,
    people: entry.people,
    same_visit: s.same !== null,
    ...counted(service, entry.result, entry.quantity ?? entry.people),
    age_group: s.settings.age,
    beneficiary: null,
    channel: s.settings.channel,
    happened_at: momentOf(shift),
  };
  if (!(await durably(() => queue.record(one.db, owner(), item)))) return;
  navigator.vibrate?.(12);
  // The shift alone is read: a tap costs the same on a phone with two thousand entries.
  s.shift = (await queue.shiftOf(one.db, shift.user, shift.id)) ?? shift;
  s.counts = { ...s.counts, unsent: s.counts.unsent + 1 };
  s.same = null;
  // An answer that is half written waits for the corrections that it is about.
  s.draft = Object.fromEntries(Object.entries(s.draft).filter(([name]) => name.startsWith("answer")));
  s.said = `${t.recorded} · ${service.short}${entry.people > 1 ? ` · ${t.people(number(entry.people))}` : ""}`;
  done(`shift/${shift.id}`);
  changed();
}

/** Entered later from paper: nobody knows the hour any more, so it is that of the shift. */
function momentOf(shift: Shift): string {
  if (shift.day !== one.clock.today()) return shift.started_at;
  const now = one.clock.iso();
  return Date.parse(now) < Date.parse(shift.started_at) ? shift.started_at : now;
}

export async function undo(target: string): Promise<void> {
  if (!(await durably(() => queue.undo(one.db, owner(), target, t.undoReason)))) return;
  navigator.vibrate?.([8, 40, 8]);
  if (s.same?.id === target) s.same = null;
  say(t.undone);
  await refresh();
  changed();
}

export const sameCitizen = (line: Line | null): void => set({ same: line });

// --- the phone ---------------------------------------------------------------------------------------------------------
export async function setSettings(part: Partial<Settings>): Promise<void> {
  set({ settings: { ...s.settings, ...part } });
  await write(one.db, "settings", s.settings);
  if (part.language || part.theme || part.large !== undefined) await applySettings();
  // Names in the kit are in the reader's language.
  if (part.language) void one.runner?.kick(true);
}

export async function applySettings(): Promise<void> {
  const { language, large, theme } = s.settings;
  const root = document.documentElement;
  root.classList.toggle("large", large);
  root.style.colorScheme = theme === "auto" ? "" : theme;
  preferTheme([...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]), theme);
  root.lang = language;
  try {
    speak(language === "en" ? ((await import(place("partEn"))) as { en: Text }).en : null);
  } catch {
    set({ alarm: t.needsNetwork });
  }
  set({});
}

/** The tokens are written once, under the phone's own preference; the leader's choice answers that question for it. */
function preferTheme(rules: CSSRule[], theme: Settings["theme"]): void {
  for (const rule of rules) {
    if (rule instanceof CSSMediaRule) {
      const media = rule.media as MediaList & { asked?: string };
      media.asked ??= media.mediaText;
      if (media.asked.includes("prefers-color-scheme"))
        media.mediaText = theme === "auto" ? media.asked : theme === "dark" ? "all" : "not all";
    } else if ("cssRules" in rule) preferTheme([...(rule as CSSGroupingRule).cssRules], theme);
  }
}

/** Asked after the first thing worth keeping; Chrome answers by itself. */
function askToPersist(): void {
  if (s.persisted !== true)
    void navigator.storage?.persist?.().then((persisted) => {
      s.persisted = persisted;
    });
}


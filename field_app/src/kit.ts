/** The kit: all that a phone needs of the portal to work without it. Fetched when online, kept in the database. */
import { inVietnam } from "./clock";
import { read, write, type Database, type Shift } from "./store";
import type { Item, LogItem, Result, SessionItem } from "./wire";

export interface Named {
  code: string;
  name: string;
}

export interface Team extends Named {
  members: Named[];
  /** Services that the team used most in 60 days, most first. */
  usual: string[];
}

export interface Plan {
  team: string;
  point: Named | null;
  /** "07:30", in Ho Chi Minh City. */
  starts_at: string;
  ends_at: string;
  campaign: string;
  /** Of a campaign that offers only some services: which. */
  services: string[] | null;
}

export interface OpenSession extends Omit<SessionItem, "type"> {
  services: string[] | null;
}

/** A closed shift that staff sent back: what they ask for, and since when it waits. */
export interface Returned extends Omit<SessionItem, "type"> {
  reason: string;
  returned_at: string;
}

export interface Point extends Named {
  area: string;
  valid_from: string;
  valid_to: string | null;
}

export interface Service extends Named {
  short: string;
  group: string;
  icon: string;
  for_citizens: boolean;
  valid_from: string;
  valid_to: string | null;
  /** `counts`: the results that count towards it. */
  metric: (Named & { counts: Result[] }) | null;
}

export interface Kit {
  version: 1;
  user: { id: string; name: string };
  today: string;
  teams: Team[];
  days: { day: string; kind: string; plans: Plan[] }[];
  points: Point[];
  services: Service[];
  groups: Named[];
  /** Shifts of the teams that are open at the server, opened by whichever phone. */
  sessions: OpenSession[];
  /** Not in a kit that was fetched by an earlier version of the app. */
  returned?: Returned[];
  more_teams: boolean;
}

interface Kept {
  user: string;
  etag: string;
  language: string;
  kit: Kit;
  /** Teams that were looked for online, beyond those of the kit. */
  added: Team[];
}

export async function keptKit(db: Database, user: string): Promise<Kit | null> {
  const kept = await read<Kept>(db, "kit");
  if (kept?.user !== user) return null;
  const known = new Set(kept.kit.teams.map((team) => team.code));
  return { ...kept.kit, teams: [...kept.kit.teams, ...kept.added.filter((team) => !known.has(team.code))] };
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Fetches the kit if it has changed; says for whom it is when there is a new one. `user` null: for whoever is signed in. */
export async function refreshKit(db: Database, user: string | null, language: string, fetch: Fetch): Promise<Kit["user"] | null> {
  const kept = await read<Kept>(db, "kit");
  const same = kept?.user === user && kept?.language === language;
  const headers: Record<string, string> = same ? { "If-None-Match": kept.etag } : {};
  const ask = (): Promise<Response> => fetch("/field/api/kit/", { headers, redirect: "manual" });
  const spoken = (answer: Response): string => answer.headers.get("Content-Language") ?? language;
  let response = await ask();
  // What the shell's Link asked for, in the browser's language, may be handed out once.
  if (language && response.ok && spoken(response) !== language) response = await ask();
  if (response.status !== 200) return null;
  const kit = (await response.json()) as Kit;
  if (kit.version !== 1 || (user !== null && kit.user.id !== user)) return null;
  const etag = response.headers.get("ETag") ?? "";
  await write(db, "kit", { user: kit.user.id, etag, language: spoken(response), kit, added: same ? kept.added : [] } satisfies Kept);
  return kit.user;
}

/** A team beyond those of the kit: of whom looks after many. */
export async function addTeam(db: Database, user: string, code: string, fetch: Fetch): Promise<Team | null> {
  const response = await fetch(`/field/api/kit/?team=${encodeURIComponent(code)}`, { redirect: "manual" });
  if (!response.ok) return null;
  const found = ((await response.json()) as Kit).teams.find((team) => team.code === code);
  const kept = await read<Kept>(db, "kit");
  if (!found || kept?.user !== user) return found ?? null;
  await write(db, "kit", { ...kept, added: [...kept.added.filter((team) => team.code !== code), found] });
  return found;
}

/** Teams whose name or code has the text in it, of whom the reader may log for. */
export async function findTeams(text: string, fetch: Fetch): Promise<Named[]> {
  const response = await fetch(`/field/api/teams/?q=${encodeURIComponent(text)}`, { redirect: "manual" });
  return response.ok ? ((await response.json()) as { teams: Named[] }).teams : [];
}

const MOST_USED = 6;

export interface TileGroup {
  code: string;
  name: string;
  services: Service[];
}

const isValid = (row: { valid_from: string; valid_to: string | null }, day: string): boolean =>
  row.valid_from <= day && (row.valid_to === null || day <= row.valid_to);

const usualOf: Record<string, string[]> = {};

/** What is offered on the day: first what the team uses most, then the rest, group by group. */
export function tilesOf(kit: Kit, shift: Shift, mostUsed: string): TileGroup[] {
  const only = kit.sessions.find((each) => each.id === shift.id)?.services ?? planOf(kit, shift)?.services;
  const valid = kit.services.filter((service) => isValid(service, shift.day) && (!only || only.includes(service.code)));
  const offered = new Map(valid.map((row) => [row.code, row]));
  // Where a tile stands, it stays while the shift is on the screen, whatever a fresh kit says.
  const usual = (usualOf[shift.id] ??= kit.teams.find((each) => each.code === shift.team)?.usual ?? []);
  const first = usual.flatMap((code) => offered.get(code) ?? []).slice(0, MOST_USED);
  const rest = [...offered.values()].filter((service) => !first.includes(service));
  const groups = kit.groups.map(({ code, name }) => ({
    code,
    name,
    services: rest.filter((service) => service.group === code),
  }));
  return [{ code: "usual", name: mostUsed, services: first }, ...groups].filter((group) => group.services.length);
}

export const pointsOn = (kit: Kit, day: string): Point[] => kit.points.filter((point) => isValid(point, day));

/** What a line counts beside people: "Chuyển tuyến" who was referred, every other metric what was done. */
export function counted(service: Service, result: Result, amount: number): Pick<LogItem, "quantity" | "metric"> {
  const { metric } = service;
  if (!metric?.counts.includes(result)) return { quantity: null, metric: null };
  return { quantity: amount, metric: metric.code };
}

/** The plan that a shift belongs to: the same team at the same point; of a morning's and an afternoon's plan the one whose
 * hours are nearer. */
export function planOf(kit: Kit, shift: Omit<SessionItem, "type" | "ended_at" | "note">): Plan | undefined {
  const plans = kit.days.find((each) => each.day === shift.day)?.plans ?? [];
  const there = plans.filter((plan) => plan.team === shift.team && (plan.point?.code ?? null) === shift.point);
  const began = hour(inVietnam(Date.parse(shift.started_at)).slice(11, 16));
  const off = (plan: Plan): number => Math.max(hour(plan.starts_at) - began, began - hour(plan.ends_at), 0);
  return there.sort((a, b) => off(a) - off(b))[0];
}

function hour(time: string): number {
  const [hours, minutes] = time.split(":").map(Number);
  return hours! + minutes! / 60;
}

export function nameOf(rows: Named[], code: string | null): string {
  return rows.find((row) => row.code === code)?.name ?? code ?? "";
}

export const shortOf = (kit: Kit | null, code: string): string =>
  kit?.services.find((service) => service.code === code)?.short ?? code;

/** In a list, an entry is named by what the leader saw when it was made. */
export function titleOf(kit: Kit | null, item: Item): string {
  if (item.type === "log") return shortOf(kit, item.service);
  if (item.type === "attendance") return nameOf(kit?.teams.flatMap((team) => team.members) ?? [], item.volunteer);
  return item.type === "session" ? nameOf(kit?.teams ?? [], item.team) : item.reason;
}

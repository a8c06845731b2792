/** A leader's morning against a server that is really there: run by tests/field_app/test_client_against_server.py.
 *
 * PORTAL_URL and SESSION_COOKIE come from outside; what became of the morning goes out as one line of JSON.
 */
import "fake-indexeddb/auto";
import { Clock } from "../src/clock";
import { agreements, compareLedgers, ownLedger } from "../src/ledger";
import * as queue from "../src/queue";
import { bringIn, rescueOf, unsent } from "../src/rescue";
import { deviceOf, openStore, type Database } from "../src/store";
import { Runner } from "../src/sync";
import type { LogItem } from "../src/wire";
import { logItem, sessionItem, tickItem, type Fault } from "./support";

const { PORTAL_URL, SESSION_COOKIE, TEAM, USER_ID } = process.env as Record<string, string>;
const cookies = new Map([[SESSION_COOKIE!.split("=")[0]!, SESSION_COOKIE!.split("=")[1]!]]);
let faults: Fault[] = [];
let answered = 0;

/** A browser's fetch: cookies are kept and sent. */
async function browse(url: unknown, init: RequestInit = {}): Promise<Response> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const headers = { ...(init.headers as Record<string, string>), Cookie: cookie };
  const response = await fetch(PORTAL_URL + String(url), { ...init, headers });
  for (const line of response.headers.getSetCookie()) {
    const [name, value] = line.split(";")[0]!.split("=");
    cookies.set(name!, value!);
  }
  return response;
}

/** The fault hook: what was sent arrives or does not, and its answer is lost, cut, or late. */
async function faulty(url: unknown, init: RequestInit = {}): Promise<Response> {
  const fault = String(url) === "/api/v1/sync/" ? (faults.shift() ?? "none") : "none";
  if (fault === "offline") throw new TypeError("offline");
  const times = fault === "twice" ? 2 : 1;
  const [response] = await Promise.all(Array.from({ length: times }, () => browse(url, init)));
  answered += 1;
  if (fault === "lost") throw new TypeError("connection reset");
  if (fault === "half body") return new Response((await response!.text()).slice(0, 40));
  if (fault === "empty") return new Response("");
  return response!;
}

class Phone {
  private constructor(
    readonly db: Database, readonly name: string, readonly owner: queue.Owner, readonly runner: Runner,
  ) {}

  static async open(name = "phone"): Promise<Phone> {
    const db = await openStore(name);
    const owner = { user: USER_ID!, device: await deviceOf(db, USER_ID!) };
    const outside = { fetch: faulty as typeof fetch, locks: undefined, random: () => 1, now: Date.now };
    const ask = async (device: string, day: string) =>
      (await runner.fetch(`/api/v1/sync/ledger/?device=${device}&day=${day}`, {})).json();
    const compare = async () => void (await compareLedgers(db, owner, ask, Date.now(), true));
    const runner: Runner = new Runner(db, new Clock(), () => USER_ID!, () => undefined, outside, compare);
    return new Phone(db, name, owner, runner);
  }

  async send(...with_: Fault[]): Promise<string> {
    faults = with_;
    await this.runner.kick(true);
    this.runner.stop();
    return this.runner.status.phase;
  }

  /** The battery is empty: all that is left is on the disk. */
  async crash(): Promise<Phone> {
    this.db.close();
    return Phone.open(this.name);
  }
}

async function morning(): Promise<object> {
  let phone = await Phone.open();
  const clock = new Clock();
  const session = sessionItem({ team: TEAM, day: clock.today(), started_at: clock.iso(), note: "" });
  await queue.openShift(phone.db, phone.owner, session);
  const tap = async (fields: Partial<LogItem> = {}): Promise<string> => {
    const item = logItem(session.id, { happened_at: clock.iso(), ...fields });
    await queue.record(phone.db, phone.owner, item);
    return item.id;
  };
  const phases: string[] = [];
  for (let line = 0; line < 20; line++) await tap();
  const tick = tickItem(session.id);
  await queue.record(phone.db, phone.owner, tick);
  phases.push(await phone.send("offline"), await phone.send("lost"));
  phone = await phone.crash();

  // Taken back though it may be there already, and ticked once more.
  const wrong = await tap({ people: 30 });
  phases.push(await phone.send("half body"));
  await queue.undo(phone.db, phone.owner, wrong, "Ghi nhầm");
  await queue.undo(phone.db, phone.owner, tick.id, "Bấm nhầm");
  await queue.record(phone.db, phone.owner, tickItem(session.id));
  const group = { people: 12, quantity: 12, metric: "HS_NOP", channel: "home" } as const;
  await tap({ ...group, age_group: "60+", beneficiary: "  Người  cao tuổi " });
  await tap({ same_visit: true });
  phases.push(await phone.send("empty"), await phone.send("twice"));

  // Refused, and mended; refused, and left in the list.
  await tap({ service: "KHONG-CO", people: 3 });
  await tap({ service: "KHONG-CO", people: 4 });
  phases.push(await phone.send());
  const [mend] = await queue.refused(phone.db, USER_ID!);
  await queue.retry(phone.db, mend!.seq, { ...(mend!.item as LogItem), service: "DVC-NOP" });

  // A colleague's phone brings in what this one has not sent yet; then two tabs of this one send at once.
  for (let line = 0; line < 10; line++) await tap();
  const who = { user: USER_ID!, name: "Lan", device: phone.owner.device };
  const rescue = rescueOf(await unsent(phone.db, USER_ID!), who, clock.iso());
  const colleague = await Phone.open("colleague");
  await bringIn(colleague.db, USER_ID!, rescue);
  phases.push(await colleague.send("lost"), await colleague.send());
  const ended_at = clock.iso(Date.now() + 1000);
  await queue.changeShift(phone.db, phone.owner, session.id, { ended_at, note: "  Đông,  có mưa " });
  const other = await Phone.open();
  await Promise.all([phone.send(), other.send()]);
  await queue.changeShift(phone.db, phone.owner, session.id, { note: "Đông, có mưa to" });
  phases.push(await phone.send(), await phone.send());

  const { count, digest } = await ownLedger(phone.db, USER_ID!, phone.owner.device, session.day);
  const shift = (await queue.shiftOf(phone.db, USER_ID!, session.id))!;
  const refused = await queue.refused(phone.db, USER_ID!);
  const found = Object.values(await agreements(phone.db, USER_ID!));
  return {
    phases, answered, session: session.id, day: session.day, device: phone.owner.device, count, digest,
    shift: { ...shift, present: Object.keys(shift.present) },
    counts: await queue.counts(phone.db, USER_ID!),
    refused: refused.map(({ state, errors }) => [state, errors[0]!.code, errors[0]!.detail]),
    agrees: found.map(({ mine, servers, agrees }) => [mine, servers, agrees]),
  };
}

void morning().then((found) => console.log(JSON.stringify(found)));

/** After the entries are sent: photos, the comparison of ledgers, a fresh kit, and the phone's report to staff. */
import { nextAnswers, settleAnswer } from "./answers";
import type { Clock } from "./clock";
import { refreshKit } from "./kit";
import { agreements, compareLedgers, ownLedger } from "./ledger";
import { nextPhoto, photosWaiting, settlePhoto } from "./photos";
import { counts } from "./queue";
import { read, write, type Database } from "./store";
import { Stop, type Account, type Runner } from "./sync";
import type { Ledger } from "./wire";

const HOUR = 3600_000;
const PHOTO_TRIES = 5;

export interface Phone {
  db: Database;
  clock: Clock;
  runner: () => Runner;
  device: string;
  language: string;
  version: string;
  persisted: boolean | null;
}

export async function afterSending(phone: Phone, account: Account): Promise<void> {
  await sendPhotos(phone, account);
  await sendAnswers(phone, account);
  await compare(phone, account.id);
  await lookForKit(phone, account);
  await report(phone, account);
}

const KIT_EVERY = 10 * 60_000;
let kitSeen = { who: "", at: 0 };

/** Not after each tap: on a slow network each question is two seconds. */
async function lookForKit(phone: Phone, account: Account): Promise<void> {
  const who = `${account.id} ${phone.language}`;
  if (kitSeen.who === who && Math.abs(Date.now() - kitSeen.at) < KIT_EVERY) return;
  await refreshKit(phone.db, account.id, phone.language, (url, init) => phone.runner().fetch(url, init));
  kitSeen = { who, at: Date.now() };
}

async function sendPhotos(phone: Phone, account: Account): Promise<void> {
  for (;;) {
    const photo = await nextPhoto(phone.db, account.id);
    if (!photo) return;
    const response = await phone.runner().fetch(`/field/api/photos/${photo.id}/?session=${photo.session}`, {
      method: "PUT",
      body: photo.bytes,
      redirect: "manual",
      headers: { "Content-Type": "image/jpeg", "X-CSRFToken": account.csrf },
    });
    if (response.ok) await settlePhoto(phone.db, photo, "stored");
    else if ([400, 409, 413, 422].includes(response.status))
      await settlePhoto(phone.db, photo, "rejected", ((await detail(response)) ?? `HTTP ${response.status}`));
    else if (photo.tries >= PHOTO_TRIES) await settlePhoto(phone.db, photo, "held", `HTTP ${response.status}`);
    else return;
  }
}

/** To staff who sent a shift back. */
async function sendAnswers(phone: Phone, account: Account): Promise<void> {
  for (const answer of await nextAnswers(phone.db, account.id)) {
    const response = await phone.runner().fetch(`/field/api/sessions/${answer.session}/answer/`, {
      method: "POST",
      body: JSON.stringify({ returned_at: answer.returned_at, text: answer.text }),
      redirect: "manual",
      headers: { "Content-Type": "application/json", "X-CSRFToken": account.csrf },
    });
    if (response.ok) await settleAnswer(phone.db, account.id, answer, "sent");
    else if ([400, 404, 409, 422].includes(response.status))
      await settleAnswer(phone.db, account.id, answer, "refused", (await detail(response)) ?? `HTTP ${response.status}`);
    // A server in trouble, or the end of the sign-in: asked anew in a while, and said so on the screen.
    else throw new Stop("waiting");
    // Which shifts wait for the leader has changed.
    kitSeen = { who: "", at: 0 };
  }
}

async function detail(response: Response): Promise<string | undefined> {
  try {
    return ((await response.json()) as { detail?: string }).detail;
  } catch {
    return undefined;
  }
}

const LOOK_EVERY = 5 * 60_000;
let looked = { who: "", at: 0 };

/** Looking for days to compare reads all that was acknowledged: not after each tap, unless something was sent again. */
export async function compare(phone: Phone, user: string, fresh = false): Promise<void> {
  if (!fresh && looked.who === user && Math.abs(Date.now() - looked.at) < LOOK_EVERY) return;
  const ask = async (device: string, day: string): Promise<Ledger | null> => {
    const response = await phone.runner().fetch(`/api/v1/sync/ledger/?device=${device}&day=${day}`, { redirect: "manual" });
    return response.status === 200 ? ((await response.json()) as Ledger) : null;
  };
  const resent = await compareLedgers(phone.db, { user, device: phone.device }, ask, Date.now(), fresh);
  looked = { who: resent ? "" : user, at: Date.now() };
}

const REPORT_EVERY = HOUR;

/** Staff see phones with unsent or unreconciled work. */
async function report(phone: Phone, account: Account): Promise<void> {
  const { db } = phone;
  const [found, photos, known] = await Promise.all([counts(db, account.id), photosWaiting(db, account.id), agreements(db, account.id)]);
  const body = {
    device: phone.device,
    unsent: found.unsent,
    held: found.held,
    photos,
    oldest_at: await oldest(db, account.id),
    last_receipt_at: phone.clock.iso(),
    build: phone.version,
    persisted: phone.persisted === true,
  };
  // What was acknowledged changes with each tap, and need not be told each time.
  const differs = Object.values(known).filter(({ agrees }) => !agrees).map(({ day }) => day);
  const said = JSON.stringify({ ...body, last_receipt_at: "", differs });
  const before = await read<{ said: string; at: number }>(db, "reported");
  if (before?.said === said && Date.now() - before.at < REPORT_EVERY) return;
  const response = await phone.runner().fetch("/field/api/device/", {
    method: "POST",
    body: JSON.stringify({ ...body, ledger: await ledgers(phone, account.id, Object.keys(known).sort().slice(-7)) }),
    redirect: "manual",
    headers: { "Content-Type": "application/json", "X-CSRFToken": account.csrf },
  });
  if (response.ok) await write(db, "reported", { said, at: Date.now() });
}

function ledgers(phone: Phone, user: string, days: string[]): Promise<{ day: string; count: number; digest: string }[]> {
  return Promise.all(
    days.map(async (day) => {
      const { count, digest } = await ownLedger(phone.db, user, phone.device, day);
      return { day, count, digest };
    }),
  );
}

async function oldest(db: Database, user: string): Promise<string | null> {
  const queued = await db.getAllFromIndex("ops", "by_state", [user, "queued"], 1);
  return queued[0] ? new Date(queued[0].made_at).toISOString() : null;
}

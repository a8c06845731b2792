/** Unsent entries leave a phone that cannot send, and come in at one that can. */
import { refresh } from "../actions";
import { bringIn, Joiner, newCode, open, rescueOf, seal, split, unsent, WrongCode } from "../rescue";
import { one, place, s, set } from "../state";
import { number, t } from "../text";
import { Frame } from "./frame";
import { Button, Icon } from "./parts";

/** Kept here, and not in the state: nothing else needs it, and a reload should forget it. */
const nothing = () => ({
  user: s.user,
  code: "",
  pictures: [] as string[],
  place: 0,
  joiner: new Joiner(),
  received: null as Uint8Array<ArrayBuffer> | null,
  stop: null as (() => void) | null,
});
let here = nothing();

export function Rescue() {
  // With its code beside it, what one leader has sealed would be open to the next one on this phone.
  if (here.user !== s.user) here = nothing();
  return (
    <Frame title={t.rescueTitle} back="sync">
      <section class="card">
        <h2>{t.rescueOut}</h2>
        <p class="soft">{t.rescueOutText}</p>
        {s.counts.unsent ? <Out /> : <p>{t.rescueNothing}</p>}
      </section>
      <section class="card">
        <h2>{t.rescueIn}</h2>
        <In />
      </section>
    </Frame>
  );
}

function Out() {
  return (
    <>
      <Button look="quiet full" icon="download" label={t.rescueFile} onClick={saveFile} />
      <Button look="quiet full" icon="qr-code" label={t.rescueQr} onClick={showCodes} />
      {here.code && <p>{t.rescueCode} <b class="code">{here.code}</b></p>}
      {here.pictures.length > 0 && <Codes />}
    </>
  );
}

function Codes() {
  const of = here.pictures.length;
  const turn = (by: number) => {
    here.place = (here.place + by + of) % of;
    set({});
  };
  const title = t.qrPart(number(here.place + 1), number(of));
  return (
    <figure class="qr">
      <img src={here.pictures[here.place]} alt={title} width="300" height="300" />
      <figcaption>{title}</figcaption>
      {of > 1 && (
        <div class="pair">
          <Button look="quiet" icon="chevron-left" label={t.previous} onClick={() => turn(-1)} />
          <Button look="quiet" icon="chevron-right" label={t.next} onClick={() => turn(1)} />
        </div>
      )}
    </figure>
  );
}

async function sealed(): Promise<Uint8Array<ArrayBuffer>> {
  here.code = newCode();
  const ops = await unsent(one.db, s.user!);
  const owner = { user: s.user!, name: s.name, device: s.device };
  return seal(rescueOf(ops, owner, one.clock.iso()), here.code);
}

async function saveFile(): Promise<void> {
  const file = new File([await sealed()], `xks-${one.clock.today()}.xks`, { type: "application/octet-stream" });
  here.pictures = [];
  set({});
  if (navigator.canShare?.({ files: [file] })) return navigator.share({ files: [file] }).catch(() => save(file));
  save(file);
}

function save(file: File): void {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: file.name });
  link.click();
  URL.revokeObjectURL(link.href);
}

async function showCodes(): Promise<void> {
  const qr = (await import(place("partQr")).catch(() => null)) as typeof import("../qr") | null;
  if (!qr) return set({ alarm: t.needsNetwork });
  here.pictures = split(await sealed(), here.code.slice(0, 4)).map(qr.pictureOf);
  here.place = 0;
  set({});
}

function In() {
  const state = s.draft.scanned;
  return (
    <>
      <label class="button quiet full">
        <Icon name="file-text" />
        <span>{t.chooseFile}</span>
        <input class="visually-hidden" type="file" accept=".xks,application/octet-stream" onChange={(event) => void takeFile(event.currentTarget)} />
      </label>
      <Button look="quiet full" icon="scan-line" label={t.scan} onClick={scan} />
      <video class="camera" hidden={!here.stop} muted playsInline />
      {state && <p role="status">{state}</p>}
      {here.received && <Unlock />}
    </>
  );
}

function Unlock() {
  return (
    <form class="row" onSubmit={(event) => { event.preventDefault(); void unlock(new FormData(event.currentTarget).get("code") as string); }}>
      <label>{t.enterCode}<input name="code" required autocomplete="off" autocapitalize="characters" maxLength={24} /></label>
      <button class="button full"><Icon name="check" />{t.bringIn}</button>
    </form>
  );
}

async function takeFile(input: HTMLInputElement): Promise<void> {
  const [file] = input.files ?? [];
  if (!file) return;
  // Or the same file could not be chosen again after a wrong turn.
  input.value = "";
  here.received = new Uint8Array(await file.arrayBuffer());
  set({ draft: { scanned: file.name } });
}

async function scan(): Promise<void> {
  const video = document.querySelector<HTMLVideoElement>(".camera")!;
  here.joiner = new Joiner();
  try {
    const { watch } = (await import(place("partScan"))) as typeof import("../scan");
    here.stop = await watch(video, heard, () => (here.stop = null));
    if (here.stop) set({ draft: { scanned: t.scanned("0", "?") } });
  } catch {
    set({ alarm: t.noCamera });
  }
}

function heard(text: string): void {
  const found = here.joiner.add(text);
  if (!found) return;
  here.received = here.joiner.file();
  if (here.received) here.stop?.();
  set({ draft: { scanned: t.scanned(number(found.have), number(found.of)) } });
}

async function unlock(code: string): Promise<void> {
  try {
    const rescue = await open(here.received!, code);
    const added = await bringIn(one.db, s.user!, rescue);
    here.received = null;
    set({ alarm: "", draft: { scanned: t.broughtIn(number(added), rescue.name) } });
    await refresh();
    void one.runner!.kick(true);
  } catch (error) {
    if (!(error instanceof WrongCode)) throw error;
    set({ alarm: t.wrongCode });
  }
}


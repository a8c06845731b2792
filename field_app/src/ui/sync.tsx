/** The truth about sending: what is unsent, what the server has confirmed, whether both ledgers agree. */
import { sendNow } from "../more_actions";
import { go, one, s } from "../state";
import { number, shortDay, t, time } from "../text";
import { Frame } from "./frame";
import { Button, Icon, Message } from "./parts";
import { Hints, Problems, SignInAgain } from "./coming";

export function Sync() {
  const { phase, last_receipt } = s.sync;
  const rows: [string, string][] = [
    [t.waiting, number(s.counts.unsent)],
    ...(s.counts.held ? [[t.held, number(s.counts.held)] as [string, string]] : []),
    ...(s.photos ? [[t.photosWaiting, number(s.photos)] as [string, string]] : []),
    [t.lastReceipt, last_receipt ? time(last_receipt) : "–"],
  ];
  return (
    <Frame title={t.sync} under={t.phases[phase]} back="day"
      actions={<Button look="full" icon="send" label={t.sendNow} onClick={sendNow} />}>
      {phase === "auth" && <SignInAgain />}
      {phase === "denied" && <Message level="bad" icon="ban">{t.deniedText}</Message>}
      {phase === "update" && <Message level="warn" icon="refresh-cw">{t.updateText}</Message>}
      {one.clock.isWrong && <Message level="warn" icon="clock">{t.clockWrong}</Message>}
      {s.counts.refused > 0 && <Problems />}
      <dl class="facts-list card">{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
      <Agreements />
      <Keeping />
      {s.others.map(({ name, unsent }) => <Message key={name} level="warn" icon="users">{t.ofOthers(number(unsent), name)}</Message>)}
      <nav class="links"><button type="button" onClick={() => go("rescue")}><Icon name="qr-code" />{t.rescue}</button></nav>
    </Frame>
  );
}

function Agreements() {
  const found = Object.values(s.agreements).sort((a, b) => (a.day < b.day ? 1 : -1)).slice(0, 7);
  return (
    <section>
      <h2>{t.ledger}</h2>
      {!found.length && <p class="soft">{t.ledgerNone}</p>}
      {found.length > 0 && (
        <ul class="list card">
          {found.map(({ day, mine, servers, agrees, at }) => (
            <li key={day} data-agrees={agrees}>
              <div><b>{shortDay(day)}</b> <small>{t.comparedAt(time(at))}</small><small>{t.ledgerRow(number(mine), number(servers), agrees)}</small></div>
              <span class={`icon-box ${agrees ? "ok" : "warn"}`}><Icon name={agrees ? "circle-check" : "refresh-cw"} /></span>
            </li>
          ))}
        </ul>
      )}
      <Button look="link" icon="refresh-cw" label={t.compare} onClick={() => dispatchEvent(new Event("xks-compare"))} />
    </section>
  );
}

/** Whether the browser will keep what is unsent. */
function Keeping() {
  return (
    <>
      <Hints always />
      <p class="facts"><span><Icon name={s.persisted ? "lock" : "info"} />{s.persisted ? t.persisted : t.notPersisted}</span></p>
      {s.canInstall && <Button look="quiet full" icon="download" label={t.install} onClick={() => dispatchEvent(new Event("xks-install"))} />}
    </>
  );
}

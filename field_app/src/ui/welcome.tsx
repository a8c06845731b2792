/** The first visit: one sign-in with a network, and the phone has all it needs. */
import { one, place, s } from "../state";
import { number, t } from "../text";
import { later } from "./day";
import { Frame } from "./frame";
import { Icon, Message } from "./parts";

/** A sign-out that waits for the network comes first, or the page that signs in would let the same person in at once. */
function leave(event: MouseEvent): void {
  if (!one.runner) return;
  event.preventDefault();
  dispatchEvent(new Event("xks-sign-in"));
}

export function Welcome() {
  return (
    <Frame title={t.app}
      actions={<a class="button full" href={place("login")} onClick={leave}><Icon name="log-in" />{t.signIn}</a>}>
      <div class="closed">
        <Icon name="smartphone" />
        <h2>{t.welcome}</h2>
        <p>{t.needsSignIn}</p>
      </div>
      {later.Hints && <later.Hints />}
      <p class="soft">{t.scanPass}</p>
      {!navigator.onLine && <Message level="warn" icon="wifi-off">{t.noNetworkYet}</Message>}
      {s.others.map(({ name, unsent }) => <Message key={name} level="warn" icon="users">{t.ofOthers(number(unsent), name)}</Message>)}
      <p class="links"><a href={place("web")}>{t.webPages}</a></p>
    </Frame>
  );
}

/** The worker, and a new version of the app: taken when nothing is half-entered, and never at the cost of what is unsent. */
import { halfEntered } from "./state";

const HOUR = 3600_000;
const AT_REST = 4_000;
const TAKING_OVER = 3_000;
/** What the last run has asked the browser for (Background Sync) comes to its end. */
const IN_THE_AIR = 500;

export function watchUpdates(): void {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  const hadOne = serviceWorker.controller !== null;
  let reloading: ReturnType<typeof setInterval> | undefined;
  // Another tab may have let the new version in, or the leader have gone on meanwhile: what is half-entered here stays.
  // Asked for once: on a slow network each further reload would break off the one on its way.
  const reload = (): void => {
    if (halfEntered()) return;
    clearInterval(reloading);
    location.reload();
  };
  serviceWorker.addEventListener("controllerchange", () => {
    if (!hadOne || reloading) return;
    reloading = setInterval(reload, 1_000);
    reload();
  });
  void serviceWorker.register("/field/sw.js", { scope: "/field/", updateViaCache: "none" }).then(watch, (error) => console.warn(error));
}

let takingOver = false;

/** Nothing may wake the old worker up now. */
export const isTakingOver = (): boolean => takingOver;

const rest = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function watch(registration: ServiceWorkerRegistration): void {
  const mayTake = (): boolean => !!registration.waiting && !!navigator.serviceWorker.controller && !halfEntered();
  /* Chromium hands over when the old worker has nothing to do. It asks that one to come to an end once; a request or an
   * event just then, and it waits for half a minute of rest instead. So nobody sends meanwhile. */
  const inPeace = async (): Promise<void> => {
    if (!mayTake()) return;
    takingOver = true;
    await rest(IN_THE_AIR);
    if (mayTake()) registration.waiting!.postMessage("skip");
    await rest(TAKING_OVER);
  };
  let asked = false;
  const take = (): void => {
    if (asked || !mayTake()) return;
    asked = true;
    const peace = navigator.locks ? navigator.locks.request("xks-field-sync", inPeace) : inPeace();
    void peace.catch(() => undefined).finally(() => (asked = takingOver = false));
  };
  const look = (): void => {
    take();
    if (document.visibilityState === "visible") void registration.update().catch(() => undefined);
  };
  document.addEventListener("visibilitychange", look);
  setInterval(take, 5_000);
  setInterval(look, HOUR);
  // What only a rescue or another language needs comes once everything else is at rest: it is needed without network.
  const later = (): void => void (registration.waiting || registration.active?.postMessage("later"));
  setTimeout(() => void navigator.serviceWorker.ready.then(later), AT_REST);
}

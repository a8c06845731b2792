/** The worker, and a new version of the app: taken when nothing is half-entered, and never at the cost of what is unsent. */
import { halfEntered } from "./state";

const HOUR = 3600_000;
const AT_REST = 4_000;

export function watchUpdates(): void {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  const hadOne = serviceWorker.controller !== null;
  let reloading = false;
  serviceWorker.addEventListener("controllerchange", () => {
    if (!hadOne || reloading) return;
    reloading = true;
    location.reload();
  });
  void serviceWorker.register("/field/sw.js", { scope: "/field/", updateViaCache: "none" }).then(watch, (error) => console.warn(error));
}

function watch(registration: ServiceWorkerRegistration): void {
  const take = (): void => {
    if (registration.waiting && navigator.serviceWorker.controller && !halfEntered()) registration.waiting.postMessage("skip");
  };
  const look = (): void => {
    take();
    if (document.visibilityState === "visible") void registration.update().catch(() => undefined);
  };
  document.addEventListener("visibilitychange", look);
  setInterval(take, 5_000);
  setInterval(look, HOUR);
  // What only a rescue or another language needs comes once everything else is at rest: it is needed without network.
  setTimeout(() => void navigator.serviceWorker.ready.then(({ active }) => active?.postMessage("later")), AT_REST);
}

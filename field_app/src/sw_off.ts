/** The way back: served in place of sw.js, it takes the app's files off the phone. What is unsent is not in the cache. */
declare const self: ServiceWorkerGlobalScope;

/** A page that works lets it in, at a good moment (update.ts). It is not waited for: it may be what is broken. */
const PATIENCE = 10_000;

self.addEventListener("install", () => void setTimeout(() => void self.skipWaiting(), PATIENCE));
self.addEventListener("message", (event) => event.data === "skip" && void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith("xks-field-")) await caches.delete(name);
  await self.registration.unregister();
  for (const client of await self.clients.matchAll({ type: "window" })) await client.navigate(client.url).catch(() => null);
}

export {};

// The service worker of the pocket: keeps the page and its files (never anybody's words), so that it opens without signal, and
// sends what waits when the browser says there is signal again. The server writes `self.GONGZHI` (version, page, files) above.
// A new version waits until the page says that everything being written is safe.
import { flush } from "./pocket/send.js";
import { Left, begin } from "./pocket/store.js";

const { version, page, files } = self.GONGZHI;
const CACHE = `gongzhi-pocket-${version}`;
const kept = new Set(files.map((file) => new URL(file, self.location).pathname));

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(CACHE);
  const put = async (address) => {
    const response = await fetch(address, { cache: "no-cache", credentials: "same-origin", redirect: "error" });
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    await cache.put(address, response);
  };
  try { await Promise.all([page, ...files].map(put)); } catch (fault) { await caches.delete(CACHE); throw fault; }
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("gongzhi-pocket-") && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
})()));

self.addEventListener("message", (event) => { if (event.data === "take over") self.skipWaiting(); });

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  const wanted = request.mode === "navigate" && address.pathname === page ? page : kept.has(address.pathname) ? address.pathname : null;
  if (wanted === null) return; // all else goes to the network and is kept nowhere
  event.respondWith((async () => (await (await caches.open(CACHE)).match(wanted)) ?? fetch(request))());
});

self.addEventListener("sync", (event) => { if (event.tag === "gongzhi-pocket") event.waitUntil(later()); });
// Nothing here any more, or somebody leaves while it goes on: then there is nothing to send.
async function later() {
  try { if (await begin()) await flush(); } catch (fault) { if (!(fault instanceof Left)) throw fault; }
}

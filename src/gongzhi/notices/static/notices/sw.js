// Shows push messages and opens what they are about. Keeps nothing, answers for no page.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data ? event.data.json() : {};
  } catch {
    told = {};
  }
  const options = { body: told.body || "", tag: told.tag || undefined, data: { url: told.url || "/notices/" } };
  event.waitUntil(self.registration.showNotification(told.title || "共治", options));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  if (url.origin === self.location.origin) event.waitUntil(self.clients.openWindow(url.href));
});

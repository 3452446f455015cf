// The button that lets this browser show notices. Without push it stays hidden.
const button = document.querySelector("[data-push]");
const says = document.querySelector("[data-push-says]");
const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
};
const tell = (name) => {
  if (says) says.textContent = says.dataset[name] || "";
};
async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") return tell("denied");
  const worker = await navigator.serviceWorker.register("/notices/sw.js", { scope: "/notices/" });
  await navigator.serviceWorker.ready.catch(() => null);
  const own = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(button.dataset.push),
  });
  const answer = await fetch("/notices/subscribe/", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": button.dataset.token },
    body: JSON.stringify(own.toJSON()),
  });
  if (!answer.ok) return tell("failed");
  location.reload();
}
if (button && "serviceWorker" in navigator && "PushManager" in window) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    subscribe()
      .catch(() => tell("failed"))
      .finally(() => {
        button.disabled = false;
      });
  });
} else tell("missing");

// The pocket: opens without signal, shows what is carried, keeps what is written, sends it when there is signal again.
import { keepAll, reportForm, writing } from "./pocket/forms.js";
import { button, el, icon, nothing, say, setClock, span, toast } from "./pocket/page.js";
import { Ended, Offline, alone, fetchGround, fetchToday, flush, hello } from "./pocket/send.js";
import * as store from "./pocket/store.js";
import * as views from "./pocket/views.js";

const OLD = 36 * 36e5; // what is carried for a day is not shown any more after a day and a half without signal
const $ = (selector) => document.querySelector(selector);
const state = { carried: null, grounds: [], items: [], sent: [], signal: navigator.onLine, locked: false, offset: 0, fetched: 0, update: null, busy: false };
let installing = null;
let broken = false;
let leaving = false; // on the way out the worker goes too; that is no new version
const LEAVING = "gongzhi-pocket-leaving"; // the device is empty, the server has not been told yet
const LEFT_A_WORD = "gongzhi-pocket-said"; // a sentence for the page that opens next

document.documentElement.dataset.type = /(?:^|; )gz_type=large/.test(document.cookie) ? "large" : "normal";

// ---- reading what the device has

async function read() {
  if (leaving) return;
  state.locked = Boolean(await store.meta("locked"));
  state.items = await store.items();
  state.offset = (await store.meta("offset")) ?? 0;
  state.fetched = (await store.meta("fetched")) ?? 0;
  if (state.locked || !(await store.meta("key"))) { state.carried = null; state.sent = []; state.grounds = []; return; }
  if (state.fetched && Date.now() - state.fetched > OLD) { await store.setMeta({ today: undefined, etag: undefined }); }
  state.carried = await store.readSealed("today");
  state.sent = ((await store.readSealed("sent")) ?? []).filter((one) => Date.now() - one.at < 864e5);
  state.grounds = (await Promise.all((state.carried?.areas ?? []).map((one) => store.meta(`ground:${one.id}`)))).filter(Boolean);
  setClock(state.offset, state.carried?.zone);
}

// ---- asking the server

async function refresh({ send = true, force = false } = {}) {
  if (state.busy || broken) return;
  state.busy = true;
  try {
    if (localStorage.getItem(LEAVING)) { await leaveServer().catch(() => { leaving = false; throw new Offline(); }); return; }
    await hello();
    state.signal = true;
    const result = send ? await flush({ force }) : {};
    const fresh = await fetchToday();
    if (fresh || result.arrived) await read();
    for (const area of state.carried?.areas ?? []) if (fresh || !(await store.meta(`ground:${area.id}`))) await fetchGround(area.id).catch(() => {});
    if (result.arrived) toast(say("arrived_n", { n: result.arrived }));
  } catch (fault) {
    if (fault instanceof Offline) state.signal = false;
    else if (!(fault instanceof Ended || fault instanceof store.Locked)) throw fault;
  } finally { state.busy = false; }
  await read();
  await draw();
}
// The one whose page this was has left: it opens anew, with what the device has now. What was on its way finds the turn gone.
function anew(word = "") {
  if (word) sessionStorage.setItem(LEFT_A_WORD, word);
  location.reload();
}
addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof store.Left)) return;
  event.preventDefault();
  if (!leaving) anew(event.reason.message);
});
// A browser that can, sends when the signal returns although the page is closed.
async function later() {
  try { const registration = await navigator.serviceWorker?.ready; await registration?.sync?.register("gongzhi-pocket"); } catch { /* not offered, or not allowed: the page sends when it is open */ }
}

// ---- showing

let shown = "";
const view = () => (state.locked ? "locked" : (location.hash.slice(1) || "today").replace(/-.*/, ""));

async function draw({ moved = false } = {}) {
  if (leaving) return;
  bands();
  counts();
  const name = ["today", "task", "map", "report", "out", "device", "locked"].includes(view()) ? view() : "today";
  const whole = state.locked ? name : location.hash || "#today";
  // A form that is being written is not drawn anew under the finger.
  const keep = whole === shown && !moved && document.querySelector(`[data-view="${name}"] :is(form.pocket__form, details.confirm[open])`);
  for (const section of document.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== name;
  for (const link of document.querySelectorAll(".dock a")) { const on = link.hash === `#${name}` || (name === "task" && link.hash === "#today"); on ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current"); link.hidden = state.locked || (link.hash === "#report" && state.carried && !state.carried.takes_in); }
  if (!keep) {
    if (shown && whole !== shown) await keepAll();
    const carried = state.carried ?? { tasks: [], areas: [], topics: [], appeals: [], alarms: [], takes_in: true };
    const waiting = new Set(state.items.filter((one) => one.order).map((one) => one.order));
    if (name === "locked") await views.locked($("#in-locked"), acts);
    else if (!state.carried && name !== "out" && name !== "device") await nothingYet(name);
    else if (name === "today") views.today($("#in-tasks"), $("#today-said"), carried, waiting);
    else if (name === "task") await views.task($("#in-task"), carried, Number(location.hash.replace(/\D/g, "")), state.grounds, state.items, () => { location.hash = "#today"; sent(); });
    else if (name === "map") views.map($("#in-map"), carried, state.grounds);
    else if (name === "report") await reportForm($("#in-report"), carried, state.grounds, () => { location.hash = "#out"; sent(); });
    else if (name === "out") await views.out($("#in-out"), $("#out-said"), state.items, state.sent, acts);
    else if (name === "device") await views.device($("#in-device"), { ...state, clock: clockSaid() }, acts);
  }
  if (whole !== shown) { shown = whole; if (moved) { scrollTo(0, 0); document.querySelector(`[data-view="${name}"] h1`)?.focus({ preventScroll: true }); } }
}
async function nothingYet(name) {
  const box = { today: "#in-tasks", task: "#in-task", map: "#in-map", report: "#in-report" }[name];
  $(box).replaceChildren(nothing(state.signal ? "hourglass" : "wifi-off", say(state.signal ? "fetching" : "never_fetched")));
}
function counts() {
  const put = (name, n) => { const box = $(`[data-count-of="${name}"]`); box.hidden = !n; box.textContent = n; };
  put("tasks", state.carried?.tasks.length ?? 0);
  put("out", state.items.length);
  const unsent = state.items.length;
  const text = unsent ? say(state.signal ? "s_online_unsent" : "s_offline_unsent", { n: unsent }) : say(state.signal ? "s_online" : "s_offline");
  const box = $("#signal");
  if (box.textContent !== text) box.replaceChildren(icon(state.signal ? (unsent ? "send" : "circle-check") : "wifi-off"), el("span", {}, text));
  box.classList.toggle("is-offline", !state.signal);
  if ("setAppBadge" in navigator) (unsent ? navigator.setAppBadge(unsent) : navigator.clearAppBadge()).catch(() => {});
}
const clockSaid = () => (Math.abs(state.offset) > 12e4 ? say(state.offset > 0 ? "clock_slow" : "clock_fast", { size: span(Math.round(Math.abs(state.offset) / 6e4)) }) : "");
function bands() {
  const rows = [];
  const band = (tone, name, text, ...more) => el(`div.pocket__band.pocket__band--${tone}`, {}, icon(name), el("p", {}, text), ...more);
  if (state.update) rows.push(band("lead", "refresh", say("new_version"), button(say("update"), "", update)));
  if (clockSaid() && !state.locked) rows.push(band("soon", "clock", `${clockSaid()} ${say("clock_set")}`));
  const asks = state.items.filter((one) => one.state !== "waiting").length;
  if (asks && !state.locked && view() !== "out") rows.push(band("soon", "alert-triangle", say("needs_you", { n: asks }), el("a.button", { href: "#out" }, say("see"))));
  const box = $("#bands");
  const text = rows.map((one) => one.textContent).join("|");
  if (box.dataset.text !== text) { box.dataset.text = text; box.replaceChildren(...rows); }
}

// ---- acting

async function sent() {
  await read();
  await draw();
  toast(say(state.signal ? "kept_sending" : "kept_offline"));
  navigator.storage?.persist?.().catch(() => {});
  later();
  refresh();
}
// Nothing of the one who leaves stays on the screen either, and what waits for an answer is stopped by the page's going.
async function clearAway() {
  leaving = true;
  for (const section of document.querySelectorAll("[data-view]")) section.remove();
  $("#bands").replaceChildren();
  $("#main").append(nothing("hourglass", say("leaving")));
  await store.wipe();
}
async function leaveServer() {
  const { csrf } = await fetch("/pocket/hello.json", { cache: "no-store", headers: { Accept: "application/json" }, signal: AbortSignal.timeout?.(15_000) }).then((answer) => answer.json()); // without signal: another time
  leaving = true;
  if (csrf) await fetch("/sign-out/", { method: "POST", headers: { "X-CSRFToken": csrf }, redirect: "manual", signal: AbortSignal.timeout?.(15_000) });
  localStorage.removeItem(LEAVING);
  location.assign("/sign-in/staff/?next=/pocket/");
}
const acts = {
  send: () => refresh({ force: true }),
  refresh: async () => { await refresh({ force: true }); toast(say(state.signal ? "fresh" : "s_offline")); },
  again: async (item, said, version) => { await store.change(item.key, { state: "waiting", next: 0, said, ...(version ? { version } : {}) }); await read(); await draw({ moved: true }); refresh({ force: true }); },
  asNote: async (item, said) => { await store.change(item.key, { state: "waiting", next: 0, verb: "note", version: 0, said: { text: said.text ?? "", title: said.title } }); await read(); await draw({ moved: true }); refresh({ force: true }); },
  mend: async (item) => { await store.reopen(item, item.order ? `${item.verb}:${item.order}` : "report"); await read(); location.hash = item.order ? `#task-${item.order}` : "#report"; },
  persist: async () => { const safe = await navigator.storage?.persist?.(); toast(say(safe ? "d_safe_yes" : "d_safe_no")); await draw(); },
  get install() { return installing && (async () => { await installing.prompt(); installing = null; await draw(); }); },
  clear: async () => { await clearAway(); anew(); },
  leave: async () => {
    localStorage.setItem(LEAVING, "1");
    await clearAway();
    try { await leaveServer(); } catch { anew("left_offline"); }
  },
};

// ---- versions: a new one waits until what is being written is safe, and nothing is on its way

async function update() {
  await keepAll();
  await alone(async () => { state.update?.postMessage("take over"); });
}
async function worker() {
  if (!("serviceWorker" in navigator)) return;
  const had = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => { if (!leaving && (had || state.update)) location.reload(); });
  const registration = await navigator.serviceWorker.register("/pocket/sw.js", { updateViaCache: "none" }).catch(() => null);
  if (!registration) return;
  const offer = async () => {
    if (!registration.waiting || !navigator.serviceWorker.controller) return;
    state.update = registration.waiting;
    if (writing() || (await store.draftNames()).length) bands();
    else await update();
  };
  registration.addEventListener("updatefound", () => { const fresh = registration.installing; fresh?.addEventListener("statechange", () => { if (fresh.state === "installed") offer(); }); });
  await offer();
  setInterval(() => { if (navigator.onLine) registration.update().catch(() => {}); }, 36e5);
}

store.beforeLettingGo(async () => { await keepAll(); setTimeout(() => location.reload(), 50); });
store.listen(async (what) => {
  if (leaving) return;
  if (what.wiped) { anew(); return; }
  await read();
  await draw();
});
addEventListener("hashchange", async () => { await draw({ moved: true }); });
addEventListener("online", () => refresh({ force: true }));
addEventListener("offline", () => { state.signal = false; counts(); });
addEventListener("pagehide", () => { keepAll(); });
addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
document.addEventListener("visibilitychange", () => { document.hidden ? keepAll() : refresh(); });
addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); installing = event; if (view() === "device") draw(); });
setInterval(() => { if (!document.hidden && (state.items.some((one) => one.state === "waiting") || Date.now() - state.fetched > 3e5)) refresh(); }, 3e4);

// The first look is what the device has; the server comes after it, and nothing waits for it.
(async () => {
  try { await store.begin({ make: true }); await read(); } catch (fault) {
    broken = true;
    // A later version has been here; this page is the older one and lets it be.
    $("#bands").replaceChildren(el("div.pocket__band.pocket__band--soon", { role: "alert" }, icon("alert-triangle"), el("p", {}, say(fault.name === "VersionError" ? "newer_store" : "no_store"))));
    worker();
    return;
  }
  await draw();
  const word = sessionStorage.getItem(LEFT_A_WORD);
  sessionStorage.removeItem(LEFT_A_WORD);
  if (word) toast(say(word));
  worker();
  await refresh();
})();

// Asking who is signed in, fetching today's tasks, sending what waits: used by the page and by the service worker.
// An item leaves the device only when the server has named the order it became; its key makes sending it twice harmless.
import * as store from "./store.js";

const LOCK = "gongzhi-pocket-send";
const SLOW = 45_000; // a photo over a weak line takes its time; then it counts as no signal
export class Offline extends Error {}
export class Ended extends Error {}

async function ask(address, options = {}) {
  let response;
  try {
    response = await fetch(address, { credentials: "same-origin", cache: "no-store", redirect: "error", signal: AbortSignal.timeout?.(SLOW), ...options, headers: { Accept: "application/json", ...(options.headers ?? {}) } });
  } catch { throw new Offline(); }
  if (response.status === 304) return { status: 304 };
  // A hotel's sign-in page in between also answers, but not in JSON.
  let body;
  try { body = await response.json(); } catch { throw new Offline(); }
  return { status: response.status, body, etag: response.headers.get("ETag"), wait: Number(response.headers.get("Retry-After")) };
}

// Who is signed in, and what the server's clock shows. Another account than before: everything kept here goes, and `Left` is thrown.
export async function hello() {
  const before = Date.now();
  const { status, body } = await ask("/pocket/hello.json");
  if (status === 401 || status === 403) { await store.lock(); throw new Ended(body.error?.message ?? ""); }
  if (status !== 200) throw new Offline();
  const offset = Math.round(body.now - (before + Date.now()) / 2);
  await store.adopt(body.owner, body.key);
  await store.setMeta({ offset, greeted: Date.now() });
  return { csrf: body.csrf, offset };
}

// Today's tasks, and the sketches of their grids; true when something has changed.
export async function fetchToday() {
  const etag = await store.meta("etag");
  const { status, body, etag: fresh } = await ask("/pocket/today.json", etag ? { headers: { "If-None-Match": etag } } : {});
  if (status === 401 || status === 403) { await store.lock(); throw new Ended(); }
  await store.setMeta({ fetched: Date.now() });
  if (status === 304) return false;
  if (status !== 200) throw new Offline();
  await store.keepToday(body, fresh);
  return true;
}

// The outline of a grid: the same for everybody and on every map, so it is kept as it is.
export async function fetchGround(grid) {
  const { status, body } = await ask(`/ground/grid/${grid}.json`, { cache: "default" });
  if (status === 200) await store.setMeta({ [`ground:${grid}`]: body });
}

function form(item, said, photos) {
  const data = new FormData();
  for (const [name, value] of Object.entries(said)) if (value !== "" && value !== false && value !== null && value !== undefined) data.set(name, value === true ? "on" : value);
  data.set("key", item.key);
  data.set("seen", item.seen);
  data.set("sent", Date.now());
  if (Number.isFinite(item.offset)) data.set("offset", item.offset);
  if (item.order) { data.set("order", item.order); data.set("verb", item.verb); }
  if (item.version) data.set("version", item.version);
  photos.forEach((photo, at) => data.append("photos", photo.blob, `photo-${at + 1}.jpg`));
  return data;
}

async function sendOne(item, session) {
  const said = await store.unseal(item.sealed);
  const body = form(item, said, await store.photos(`item:${item.key}`));
  const address = item.order ? "/pocket/step/" : "/pocket/report/";
  const put = () => ask(address, { method: "POST", body, headers: { "X-CSRFToken": session.csrf } });
  let { status, body: reply, wait } = await put();
  if (status === 403 && reply.error?.code === "stale_page") { Object.assign(session, await hello()); body.set("sent", Date.now()); ({ status, body: reply, wait } = await put()); }
  if (status === 401) { await store.lock(); throw new Ended(); }
  if (status >= 500 || status === 429 || status === 408) {
    const pause = Math.min(15 * 60, wait > 0 ? wait : 5 * 2 ** Math.min(item.tries, 7));
    await store.change(item.key, { tries: item.tries + 1, next: Date.now() + pause * 1000, told: { message: reply.error?.message ?? "" } });
    return "later";
  }
  if (status === 200 && reply.number) {
    await store.arrived(item, { at: Date.now(), key: item.key, verb: item.verb ?? "report", title: item.order ? said.title ?? "" : (said.description ?? "").slice(0, 40), ...reply }, reply.version);
    return "arrived";
  }
  const state = status === 409 && reply.error?.code !== "key_reused" ? "conflict" : "stuck";
  await store.change(item.key, { state, tries: item.tries + 1, told: { status, code: reply.error?.code, message: reply.error?.message ?? "", help: reply.error?.help ?? "", fields: reply.error?.fields ?? {}, ...("version" in reply ? reply : {}), error: undefined } });
  return state;
}

// Send what waits, oldest first; one sender at a time on this device. → { arrived } or throws Offline, Ended, Locked, Left.
export async function flush({ force = false } = {}) {
  const run = async (held) => {
    if (held === null) return { busy: true };
    const due = (item) => item.state === "waiting" && (force || !item.next || item.next <= Date.now());
    if (!(await store.items()).some(due)) return { arrived: 0 };
    const session = await hello();
    let arrived = 0;
    const shut = new Set(); // orders with something before it that did not get through: their later steps wait
    for (const { key } of await store.items()) {
      const item = (await store.items()).find((one) => one.key === key); // its version may have moved on
      if (!item) continue;
      if (!due(item) || shut.has(item.order)) { if (item.order) shut.add(item.order); continue; }
      try {
        const became = await sendOne(item, session);
        if (became === "arrived") arrived += 1;
        else if (item.order) shut.add(item.order);
      } catch (fault) {
        if (fault instanceof Offline) await store.change(item.key, { tries: item.tries + 1 });
        throw fault;
      }
    }
    return { arrived };
  };
  return navigator.locks ? navigator.locks.request(LOCK, { ifAvailable: true }, run) : run();
}

// Nothing is on its way while `act` runs: a new version takes over.
export const alone = (act) => (navigator.locks ? navigator.locks.request(LOCK, act) : act());

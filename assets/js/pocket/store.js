// What the device keeps, in IndexedDB and nowhere else. Words, photos and tasks are sealed (AES-GCM) with a key of the account
// that the server hands out with the session; when the session ends the key goes, and what was not sent stays shut until the
// same person signs in again. Here: opening, migrations, sealing, the few reads and writes. Not here: when to send (send.js).
// A device changes hands: whoever writes holds a turn, and leaving ends it (`begin`, `wipe`).

const NAME = "gongzhi-pocket";

// One entry per version of the store, oldest first; each gets the database and its open transaction and brings what is kept one
// version further. Entries are never edited or removed: a telephone may come from any of them.
const MIGRATIONS = [
  (db) => {
    db.createObjectStore("meta"); // owner, key, offset, today, etag, ground:…, sent
    db.createObjectStore("items", { keyPath: "key" }); // what is to be sent
    db.createObjectStore("drafts", { keyPath: "name" }); // what is being written
    db.createObjectStore("photos", { keyPath: "id" }).createIndex("of", "of"); // of an item or a draft
  },
];

let opened = null;
let onChange = () => {};
// The page says what to do when a newer version of itself wants the store: keep what is being written, then let go.
export function beforeLettingGo(act) { onChange = act; }

// A store that is gone was left behind, here or by signing out at the desk; only a page that is just opening makes a new one.
function open(make = false) {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, MIGRATIONS.length);
    asked.onupgradeneeded = (event) => { if (!event.oldVersion && !make) asked.transaction.abort(); else for (const step of MIGRATIONS.slice(event.oldVersion)) step(asked.result, asked.transaction); };
    asked.onsuccess = () => {
      const db = asked.result;
      db.onversionchange = async (event) => { try { if (event.newVersion) await onChange(event); } finally { db.close(); opened = null; } };
      db.onclose = () => { opened = null; };
      done(db);
    };
    asked.onerror = () => { opened = null; failed(asked.error.name === "AbortError" ? new Left() : asked.error); };
  });
  return opened;
}

// ---- whose turn it is

// `meta` holds the mark of the turn; the page (once, when it opens) and the service worker (before each round of sending) remember
// it, and every write looks in its own transaction whether it is still the same. Leaving takes the mark away before all else, so
// an answer that comes late, to whichever page, writes nothing, neither for the one who left nor for the one who came after.
let turn = null;
export class Left extends Error {}
export class Locked extends Error {}

// True when there is a store to work with; `make` one where there is none.
export async function begin({ make = false } = {}) {
  try { await open(make); } catch (fault) { if (fault instanceof Left) return false; throw fault; }
  turn = await within(["meta"], "readwrite", async ({ meta }) => {
    const found = await answer(meta.get("turn"));
    if (found || !make) return found ?? null;
    const fresh = crypto.randomUUID();
    meta.put(fresh, "turn");
    return fresh;
  }, "anybody");
  return Boolean(turn);
}
async function stands(meta, who) {
  if (who === "anybody") return;
  if (!turn || (await answer(meta.get("turn"))) !== turn) throw new Left();
  if (who === "open" && (await answer(meta.get("locked")))) throw new Locked();
}

const answer = (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });

// Run `act(stores)` in one transaction; everything in it holds or nothing does. Who may write: "open" while the turn stands and the
// session has not ended, "shut" also when it has, "anybody" always.
async function within(names, mode, act, who = "open") {
  const db = await open();
  const writes = mode === "readwrite";
  if (writes) names = [...new Set(["meta", ...names])];
  const transaction = db.transaction(names, mode, writes ? { durability: "strict" } : {});
  const finished = new Promise((done, failed) => { transaction.oncomplete = done; transaction.onerror = () => failed(transaction.error); transaction.onabort = () => failed(transaction.error ?? new DOMException("aborted", "AbortError")); });
  const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
  let result;
  try {
    if (writes) await stands(stores.meta, who);
    result = await act(stores);
  } catch (fault) { finished.catch(() => {}); try { transaction.abort(); } catch { /* it has ended by itself */ } throw fault; }
  await finished;
  return result;
}
const photosOf = (store, of) => answer(store.index("of").getAll(of));
const movePhotos = async (store, from, to) => { for (const photo of await photosOf(store, from)) store.put({ ...photo, of: to }); };
const dropPhotos = async (store, of) => { for (const photo of await photosOf(store, of)) store.delete(photo.id); };

// ---- sealing

const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
// Asked for every time: page and service worker each run by themselves, and a key that is gone must be gone everywhere.
async function theKey() {
  const key = await meta("key");
  if (!key) throw new Locked();
  return key;
}
export async function seal(what) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = what instanceof ArrayBuffer ? what : new TextEncoder().encode(JSON.stringify(what));
  return { iv, body: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await theKey(), plain) };
}
const unsealed = async (sealed) => crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, await theKey(), sealed.body);
export const unseal = async (sealed) => JSON.parse(new TextDecoder().decode(await unsealed(sealed)));

// ---- whose device it is

export const meta = (name) => within(["meta"], "readonly", ({ meta }) => answer(meta.get(name)));
export const setMeta = (values) => within(["meta"], "readwrite", ({ meta }) => { for (const [name, value] of Object.entries(values)) value === undefined ? meta.delete(name) : meta.put(value, name); });

// The session belongs to `owner`, whose key is `secret`. Whatever another account kept here goes first, and with it its turn.
export async function adopt(owner, secret) {
  const key = await crypto.subtle.importKey("raw", bytes(secret), "AES-GCM", false, ["encrypt", "decrypt"]);
  const before = await within(["meta"], "readwrite", async ({ meta }) => {
    const before = await answer(meta.get("owner"));
    if (before && before !== owner) return before;
    if (!before || !(await answer(meta.get("key")))) { meta.put(owner, "owner"); meta.put(key, "key"); meta.delete("locked"); }
    return before;
  }, "shut");
  if (before && before !== owner) { await wipe(); throw new Left("other_account"); }
}

// The session is over: what can be read goes, and so does the key. What was not sent stays, shut.
export async function lock() {
  await within(["meta"], "readwrite", async ({ meta }) => { for (const name of await answer(meta.getAllKeys())) if (name !== "owner" && name !== "turn") meta.delete(name); meta.put(true, "locked"); }, "shut");
  told({ locked: true });
}

// Everything goes, readable or not: the mark of the turn and every row at once, then the store itself, as soon as no page holds it.
export async function wipe() {
  turn = null;
  const names = ["meta", "items", "drafts", "photos"];
  await within(names, "readwrite", (stores) => { for (const name of names) stores[name].clear(); }, "anybody").catch((fault) => { if (!(fault instanceof Left)) throw fault; });
  (await opened?.catch(() => null))?.close();
  opened = null;
  told({ wiped: true });
  await new Promise((done, failed) => { const asked = indexedDB.deleteDatabase(NAME); asked.onsuccess = asked.onblocked = done; asked.onerror = () => failed(asked.error); });
}

const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(NAME) : null;
export const told = (what) => channel?.postMessage(what);
export const listen = (act) => channel?.addEventListener("message", (event) => act(event.data));

export const keepToday = async (today, etag) => setMeta({ today: await seal(today), etag });
export async function readSealed(name) {
  const sealed = await meta(name);
  return sealed ? unseal(sealed).catch(() => null) : null;
}

// ---- drafts

export async function keepDraft(name, fields) {
  const sealed = await seal(fields);
  await within(["drafts"], "readwrite", ({ drafts }) => { drafts.put({ name, sealed, at: Date.now() }); });
}
export async function draft(name) {
  const row = await within(["drafts"], "readonly", ({ drafts }) => answer(drafts.get(name)));
  return row ? unseal(row.sealed) : null;
}
export const draftNames = () => within(["drafts"], "readonly", ({ drafts }) => answer(drafts.getAllKeys()));
export const dropDraft = (name) => within(["drafts", "photos"], "readwrite", async ({ drafts, photos }) => { drafts.delete(name); await dropPhotos(photos, `draft:${name}`); });

// ---- photos

export async function addPhoto(of, file) {
  const sealed = await seal(await file.arrayBuffer());
  const photo = { id: crypto.randomUUID(), of, type: file.type, size: file.size, at: Date.now(), sealed };
  await within(["photos"], "readwrite", ({ photos }) => { photos.put(photo); });
  return photo.id;
}
export async function photos(of) {
  const rows = await within(["photos"], "readonly", ({ photos }) => photosOf(photos, of));
  rows.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)); // the same order in every attempt: the server compares
  return Promise.all(rows.map(async (row) => ({ id: row.id, size: row.size, blob: new Blob([await unsealed(row.sealed)], { type: row.type }) })));
}
export const dropPhoto = (id) => within(["photos"], "readwrite", ({ photos }) => { photos.delete(id); });

// ---- what is to be sent

// A draft becomes an item: at no moment is it neither, and at no moment both.
export async function post(name, item) {
  const sealed = await seal(item.said);
  const { said, ...plain } = item;
  const row = { state: "waiting", tries: 0, made: Date.now(), ...plain, sealed };
  await within(["drafts", "items", "photos"], "readwrite", async ({ drafts, items, photos }) => {
    items.add(row);
    drafts.delete(name);
    await movePhotos(photos, `draft:${name}`, `item:${row.key}`);
  });
  told({ changed: true });
}
// And back, to be mended: only what the server has refused, so that nothing can be there twice.
export async function reopen(item, name) {
  const said = await unseal(item.sealed);
  const sealed = await seal({ said: { ...said, at: said.area ? `a:${said.area}` : "" }, begun: item.seen, title: said.title });
  await within(["drafts", "items", "photos"], "readwrite", async ({ drafts, items, photos }) => {
    await dropPhotos(photos, `draft:${name}`);
    drafts.put({ name, sealed, at: Date.now() });
    items.delete(item.key);
    await movePhotos(photos, `item:${item.key}`, `draft:${name}`);
  });
  told({ changed: true });
}
export async function items() {
  const rows = await within(["items"], "readonly", ({ items }) => answer(items.getAll()));
  return rows.sort((a, b) => a.made - b.made || (a.key < b.key ? -1 : 1));
}
export async function change(keyOf, values) {
  const { said, told: reply, ...plain } = values;
  const more = { ...(said ? { sealed: await seal(said) } : {}), ...(reply ? { reply: await seal(reply) } : {}) };
  await within(["items"], "readwrite", async ({ items }) => { const row = await answer(items.get(keyOf)); if (row) items.put({ ...row, ...plain, ...more }); });
  told({ changed: true });
}
export async function drop(keyOf) {
  await within(["items", "photos"], "readwrite", async ({ items, photos }) => { items.delete(keyOf); await dropPhotos(photos, `item:${keyOf}`); });
  told({ changed: true });
}
// It has arrived: gone from the device but for a line of what was sent today. Later steps with the same order have seen this one.
export async function arrived(item, line, version) {
  const before = ((await readSealed("sent")) ?? []).filter((one) => Date.now() - one.at < 864e5);
  const sent = await seal([line, ...before].slice(0, 40));
  await within(["items", "photos", "meta"], "readwrite", async ({ items, photos, meta }) => {
    if (!(await answer(items.get(item.key)))) return;
    items.delete(item.key);
    await dropPhotos(photos, `item:${item.key}`);
    meta.put(sent, "sent");
    if (version) for (const row of await answer(items.getAll())) if (row.order === item.order && row.state === "waiting") items.put({ ...row, version });
  });
  told({ changed: true });
}
export const counted = () => within(["items", "drafts"], "readonly", async ({ items, drafts }) => [await answer(items.count()), await answer(drafts.count())]);

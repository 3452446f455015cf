// Small comforts on every page: letters left, drafts, copying, closing, large type, toasts. Pages work without it.
const all = (selector, root = document) => root.querySelectorAll(selector);

function countLetters(root) {
  for (const input of all("[data-count]", root)) {
    const note = document.getElementById(input.dataset.count);
    if (!note || input.dataset.counting) continue;
    input.dataset.counting = "1";
    const most = Number(note.dataset.most);
    const say = () => {
      const left = most - [...input.value].length;
      note.textContent = (left >= 0 ? note.dataset.left : note.dataset.over).replace("{n}", Math.abs(left));
      note.classList.toggle("late-text", left < 0);
    };
    input.addEventListener("input", say);
    say();
  }
}

// A form with data-draft="name" keeps its words on this device until it is sent. Never passwords, codes or files.
function keepDrafts(root) {
  for (const form of all("form[data-draft]", root)) {
    if (form.dataset.drafting) continue;
    form.dataset.drafting = "1";
    const key = `gongzhi-draft:${form.dataset.draft}`;
    const fields = () => [...form.elements].filter((e) => e.name && !["hidden", "file", "password", "submit", "button"].includes(e.type) && !e.hasAttribute("data-no-draft"));
    const note = form.querySelector("[data-draft-says]");
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(key) || "null"); } catch { /* private mode */ }
    const fresh = fields().every((e) => (e.type === "radio" || e.type === "checkbox" ? e.checked === e.defaultChecked : e.tagName === "SELECT" || e.value === e.defaultValue));
    if (kept && fresh && Date.now() - kept.at < 7 * 864e5 && !form.querySelector("[aria-invalid]")) {
      for (const e of fields()) {
        if (!(e.name in kept.values)) continue;
        if (e.type === "radio" || e.type === "checkbox") e.checked = kept.values[e.name].includes(e.value);
        else if (!e.value) e.value = kept.values[e.name][0] ?? "";
        e.dispatchEvent(new Event("input", { bubbles: true }));
      }
      if (note) note.hidden = false;
    }
    let timer;
    const keep = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const values = {};
        for (const e of fields()) {
          values[e.name] ??= [];
          if ((e.type !== "radio" && e.type !== "checkbox") || e.checked) values[e.name].push(e.value);
        }
        try { localStorage.setItem(key, JSON.stringify({ at: Date.now(), values })); } catch { /* full or private */ }
      }, 400);
    };
    form.addEventListener("input", keep);
    form.addEventListener("submit", () => { clearTimeout(timer); });
    form.querySelector("[data-draft-drop]")?.addEventListener("click", () => { clearTimeout(timer); try { localStorage.removeItem(key); } catch { /* nothing kept */ } form.reset(); if (note) note.hidden = true; });
  }
  // A form that makes a draft needless (following instead of reporting again) carries data-draft-forget="name".
  for (const form of all("form[data-draft-forget]", root)) form.addEventListener("submit", () => { try { localStorage.removeItem(`gongzhi-draft:${form.dataset.draftForget}`); } catch { /* nothing kept */ } });
  // A page that confirms a sent form carries data-draft-done="name".
  for (const done of all("[data-draft-done]", root)) { try { localStorage.removeItem(`gongzhi-draft:${done.dataset.draftDone}`); } catch { /* nothing kept */ } }
}

function reveal(root) {
  for (const button of all("[data-copy]", root)) if (navigator.clipboard) button.hidden = false;
  for (const toast of all("[data-toast]", root)) if (!toast.querySelector("form, a")) setTimeout(() => { if (!toast.matches(":hover, :focus-within")) toast.remove(); }, 8000);
  for (const clock of all("[data-clock]", root)) {
    const tick = () => { clock.textContent = new Date().toLocaleString(document.documentElement.lang, { month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.clock || undefined }); };
    tick();
    setInterval(tick, 10000);
  }
}

// Tabs that do not all fit: the current one is the one that shows.
function showTab(root) {
  for (const tabs of all(".tabs", root)) {
    const current = tabs.querySelector("[aria-current]");
    if (current && tabs.scrollWidth > tabs.clientWidth) tabs.scrollLeft = current.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
  }
}

function start(root = document) { showTab(root); countLetters(root); keepDrafts(root); reveal(root); }

document.addEventListener("click", async (event) => {
  const at = (selector) => event.target.closest?.(selector);
  let found;
  if ((found = at("[data-copy]"))) {
    await navigator.clipboard.writeText(found.dataset.copy).catch(() => {});
    const words = found.querySelector("span") ?? found;
    const before = words.textContent;
    words.textContent = found.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  } else if ((found = at("[data-toast-close]"))) found.closest("[data-toast]").remove();
  else if ((found = at("[data-close-details]"))) {
    const details = found.closest("details");
    details.open = false;
    details.querySelector("summary").focus();
  } else if ((found = at("[data-print]"))) print();
  else if ((found = at("[data-back]"))) { if (history.length > 1 && document.referrer.startsWith(location.origin)) { event.preventDefault(); history.back(); } }
  else if ((found = at("[data-share]"))) {
    const what = { title: document.title, url: found.dataset.share || location.href };
    if (navigator.share) navigator.share(what).catch(() => {});
    else { await navigator.clipboard?.writeText(what.url).catch(() => {}); if (found.dataset.shared) toast(found.dataset.shared); }
  } else if ((found = at("[data-type-switch]"))) {
    event.preventDefault(); // without this script the form around it is sent
    const large = document.documentElement.dataset.type !== "large";
    document.documentElement.dataset.type = large ? "large" : "normal";
    document.cookie = `gz_type=${large ? "large" : "normal"}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
    for (const b of all("[data-type-switch]")) b.setAttribute("aria-pressed", String(large));
    document.dispatchEvent(new CustomEvent("gongzhi:type", { detail: { large } }));
  }
  for (const menu of all("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-menu][open], details.confirm[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});

// Signing out clears the device. Who keeps something there that was not sent yet (the pocket) is shown it first.
async function unsent() {
  const name = "gongzhi-pocket";
  if (!(await indexedDB.databases?.().catch(() => []))?.some((one) => one.name === name)) return 0;
  return new Promise((done) => {
    const asked = indexedDB.open(name);
    asked.onupgradeneeded = () => asked.transaction.abort(); // gone meanwhile: an empty one must not take its place
    asked.onerror = () => done(0);
    asked.onsuccess = () => {
      const db = asked.result;
      const stores = ["items", "drafts"].filter((one) => db.objectStoreNames.contains(one));
      if (!stores.length) { db.close(); done(0); return; }
      const transaction = db.transaction(stores);
      const counts = stores.map((one) => transaction.objectStore(one).count());
      transaction.oncomplete = () => { db.close(); done(counts.reduce((sum, one) => sum + one.result, 0)); };
    };
  });
}
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-sign-out]") || form.dataset.asked || !window.indexedDB) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await unsent().catch(() => 0)) { location.assign("/pocket/#device"); return; }
  form.dataset.asked = "1";
  form.requestSubmit();
});

// A second press on "send" while the first is on its way sends nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.classList.contains("is-sending")) { event.preventDefault(); return; }
  form.classList.add("is-sending");
  setTimeout(() => form.classList.remove("is-sending"), 15000);
});
addEventListener("pageshow", () => { for (const form of all("form.is-sending")) form.classList.remove("is-sending"); });

export function toast(text, { undo, undoLabel = "" } = {}) {
  const box = document.getElementById("toasts");
  if (!box) return;
  const one = document.createElement("div");
  one.className = "toast";
  one.dataset.toast = "";
  const said = document.createElement("p");
  said.textContent = text;
  one.append(said);
  if (undo) {
    const b = document.createElement("button");
    b.className = "toast__undo";
    b.type = "button";
    b.textContent = undoLabel;
    b.addEventListener("click", () => { undo(); one.remove(); });
    one.append(b);
  }
  box.append(one);
  setTimeout(() => one.remove(), 8000);
}
document.addEventListener("gongzhi:toast", (event) => toast(event.detail.text, event.detail));

start();
const first = document.querySelector("[data-take-focus]");
if (first) first.focus();
document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) start(event.target); });
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.value;
});

// Keys for people who stay here all day: j and k walk the queue, Enter opens, / searches, ? explains, single letters press steps.
const writing = (e) => e.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const shown = (e) => e.getClientRects().length > 0;
const items = () => [...document.querySelectorAll("[data-queue-item]")].filter(shown);
let cursor = null;

function walk(by) {
  const list = items();
  if (!list.length) return;
  const here = list.indexOf(cursor ?? list.find((i) => i.matches(".is-chosen, [aria-current]")));
  const next = list[Math.min(list.length - 1, Math.max(0, here + by))];
  cursor?.classList.remove("is-cursor");
  cursor = next;
  cursor.classList.add("is-cursor");
  cursor.scrollIntoView({ block: "nearest" });
  cursor.querySelector("a, button")?.focus({ preventScroll: true });
}

// x ticks the row under the cursor, or the one that is open.
function tick() {
  const row = cursor?.isConnected && shown(cursor) ? cursor : items().find((i) => i.matches(".is-chosen"));
  const box = row?.querySelector(".queue__tick");
  box?.click();
  return Boolean(box);
}

// Rows that were ticked are counted; one box ticks them all.
function ticked() {
  const boxes = [...document.querySelectorAll(".queue__tick")], on = boxes.filter((b) => b.checked).length;
  for (const all of document.querySelectorAll("[data-tick-all]")) { all.checked = on > 0 && on === boxes.length; all.indeterminate = on > 0 && on < boxes.length; }
  for (const said of document.querySelectorAll("[data-ticked]")) said.textContent = said.dataset.ticked.replace("{n}", on);
}
document.addEventListener("change", (e) => {
  if (e.target.matches?.("[data-tick-all]")) for (const b of document.querySelectorAll(".queue__tick")) b.checked = e.target.checked;
  if (e.target.matches?.("[data-tick-all], .queue__tick")) ticked();
});
addEventListener("pageshow", ticked);

function help() {
  const open = document.querySelector(".keys");
  if (open) { close(open); return; }
  const zh = document.documentElement.lang.startsWith("zh");
  const title = zh ? "键盘快捷键" : "Keys";
  const rows = new Map([["j k", zh ? "下一件，上一件" : "next, previous"], ["Enter", zh ? "打开" : "open"], ...(document.querySelector(".queue__tick") ? [["x", zh ? "勾选" : "tick"]] : []), ["/", zh ? "搜索" : "search"], ["?", zh ? "这张表" : "this table"], ["Esc", zh ? "关闭" : "close"]]);
  for (const e of document.querySelectorAll("[data-key]")) if (shown(e)) rows.set(e.dataset.key, (e.querySelector("span")?.firstChild?.textContent ?? e.textContent).trim() || e.getAttribute("aria-label"));
  const box = document.createElement("div");
  box.className = "keys";
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-modal", "true");
  box.setAttribute("aria-label", title);
  const sheet = document.createElement("div");
  sheet.className = "keys__sheet";
  sheet.tabIndex = -1;
  const h = document.createElement("h2");
  h.textContent = title;
  const dl = document.createElement("dl");
  for (const [key, words] of rows) {
    const dt = document.createElement("dt");
    for (const k of key.split(" ")) { const kbd = document.createElement("kbd"); kbd.className = "key"; kbd.textContent = k; dt.append(kbd, " "); }
    const dd = document.createElement("dd");
    dd.textContent = words;
    dl.append(dt, dd);
  }
  const shut = document.createElement("button");
  shut.className = "button";
  shut.type = "button";
  shut.textContent = zh ? "关闭" : "Close";
  sheet.append(h, dl, shut);
  box.append(sheet);
  const before = document.activeElement;
  box.gongzhiBefore = before;
  box.addEventListener("click", (e) => { if (e.target === box || e.target === shut) close(box); });
  box.addEventListener("keydown", (e) => { if (e.key === "Tab") { e.preventDefault(); shut.focus(); } });
  document.body.append(box);
  shut.focus();
}

function close(box) { const before = box.gongzhiBefore; box.remove(); before?.focus?.(); }

document.addEventListener("keydown", (event) => {
  const sheet = document.querySelector(".keys");
  if (event.key === "Escape") {
    if (sheet) close(sheet);
    else if (writing(event)) event.target.blur();
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || writing(event)) return;
  if (event.key === "?") { event.preventDefault(); help(); return; }
  if (sheet) return;
  if (event.key === "j" || event.key === "k") { event.preventDefault(); walk(event.key === "j" ? 1 : -1); return; }
  if (event.key === "x" && tick()) { event.preventDefault(); return; }
  const focus = [...document.querySelectorAll("[data-key-focus]")].find((e) => e.dataset.keyFocus === event.key && shown(e));
  if (focus) { event.preventDefault(); focus.focus(); focus.select?.(); return; }
  const pressed = [...document.querySelectorAll("[data-key]")].find((e) => e.dataset.key === event.key && shown(e) && !e.disabled);
  if (pressed) {
    event.preventDefault();
    pressed.focus();
    pressed.click();
    // a step that opens a form hands over to its first field
    const details = pressed.closest("summary")?.parentElement;
    if (details?.open) setTimeout(() => details.querySelector("textarea, select, input:not([type=hidden])")?.focus());
  }
});
for (const b of document.querySelectorAll("[data-keys-open]")) { if (matchMedia("(hover: hover)").matches) b.hidden = false; b.addEventListener("click", help); }

// Three panes on a phone: the tabs follow the swipe.
for (const bench of document.querySelectorAll("[data-bench]")) {
  const panes = bench.querySelector("[data-panes]");
  const tabs = [...bench.querySelectorAll(".bench__tabs [data-pane]")];
  const narrow = () => getComputedStyle(panes).display === "flex";
  const go = (id, smooth) => { const pane = panes.querySelector(`#${id}`); if (pane && narrow()) panes.scrollTo({ left: pane.offsetLeft - panes.offsetLeft, behavior: smooth && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "auto" }); };
  const mark = () => { const n = Math.round(panes.scrollLeft / Math.max(1, panes.clientWidth)); tabs.forEach((t, i) => (i === n ? t.setAttribute("aria-current", "true") : t.removeAttribute("aria-current"))); };
  bench.addEventListener("click", (e) => {
    const way = e.target.closest?.("[data-pane]");
    if (!way || !narrow()) return;
    e.preventDefault();
    go(way.dataset.pane, true);
    if (!way.hasAttribute("data-first-step")) return;
    const step = panes.querySelector("#steps .act--first") || panes.querySelector("#steps .act");
    const form = step?.closest("details");
    if (form) form.open = true;
    (form?.querySelector("summary") || step)?.focus({ preventScroll: true });
  });
  panes.addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  // Only the queue's own pane is scrolled: scrollIntoView would also swipe back to it.
  const queue = panes.querySelector("#queue");
  const chosen = bench.querySelector(".queue__item.is-chosen, .queue__item[aria-current]");
  if (queue && chosen) queue.scrollTop = Math.max(0, chosen.offsetTop - queue.clientHeight / 2);
  go(location.hash.slice(1) || bench.dataset.open, false);
  mark();
  // Another order was loaded into the panes: mark its row, and on a phone swipe to it.
  queue?.addEventListener("click", (e) => {
    const item = e.target.closest?.("[data-queue-item]");
    if (!item || !e.target.closest("a")) return;
    for (const i of items()) i.classList.toggle("is-chosen", i === item);
    cursor?.classList.remove("is-cursor");
    cursor = item;
  });
  document.addEventListener("htmx:afterSettle", (e) => { if (e.detail?.elt?.id === "matter" || e.target?.id === "matter") { panes.scrollTop = 0; go("matter", true); mark(); } });
}

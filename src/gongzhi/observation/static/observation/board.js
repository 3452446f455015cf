// The board looks again when the server's stream says that something happened, and every 30 seconds anyway. Without a
// stream (all places taken, a proxy that cannot) it asks every ten seconds. The age of the numbers is always shown.
const board = document.querySelector("[data-board]");
const says = document.querySelector("[data-board-age]");
const REST = 3000; // never more often than this
const ALONE = 10000;

let counted = 0; // when the numbers on the screen were counted, by this machine's clock
let last = 0;
let waiting = null;
let alone = null;

function read() {
  const day = document.querySelector("[data-board-at]");
  if (day) counted = Date.now() - Number(day.dataset.boardAgeAt) * 1000;
  say();
}

function say() {
  const age = Math.max(0, Math.round((Date.now() - counted) / 1000));
  const old = age > 60;
  says.textContent = (age < 2 ? says.dataset.sayNow : old ? says.dataset.sayOld : says.dataset.say).replace("{n}", age);
  says.classList.toggle("is-old", old);
}

function look() {
  if (waiting || document.hidden) return;
  const rest = Math.max(0, last + REST - Date.now());
  waiting = setTimeout(() => { waiting = null; last = Date.now(); document.body.dispatchEvent(new CustomEvent("gongzhi:moved")); }, rest);
}

function listen() {
  if (!window.EventSource) { askAlone(); return; }
  const stream = new EventSource(board.dataset.stream);
  stream.addEventListener("open", () => { clearInterval(alone); alone = null; });
  stream.addEventListener("moved", look);
  stream.onerror = () => {
    if (stream.readyState !== EventSource.CLOSED) { askAlone(); return; }
    askAlone();
    setTimeout(listen, 300000);
  };
  addEventListener("pagehide", () => stream.close(), { once: true });
}

function askAlone() { alone ??= setInterval(look, ALONE); }

async function redraw() {
  const box = document.querySelector("[data-map]");
  if (!box?.gongzhiMap) return;
  try {
    const answer = await fetch(box.dataset.areas, { credentials: "same-origin" });
    if (answer.ok) box.gongzhiMap.getSource("areas")?.setData(await answer.json());
  } catch { /* the last picture stays */ }
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.target.matches?.("[data-board-again]")) return;
  if (event.detail.successful) { read(); redraw(); }
});
document.addEventListener("gongzhi:map", (event) => {
  const map = event.target.gongzhiMap;
  map.setLayoutProperty("area-names", "text-size", parseFloat(getComputedStyle(document.documentElement).fontSize) * 1.55);
  map.setLayoutProperty("area-names", "text-allow-overlap", true);
  map.on("click", "areas", (e) => { const url = e.features?.[0]?.properties.url; if (url) location.href = url; });
  map.on("mouseenter", "areas", () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", "areas", () => { map.getCanvas().style.cursor = ""; });
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

read();
setInterval(say, 1000);
listen();

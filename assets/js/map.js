// Maps drawn from the territory's own shapes: no tile server, no glyph server, letters from the device.
// Reads addresses of GeoJSON from data attributes (templates/kit/parts/map.html), draws areas, roads, water, points with
// clusters; can pick a point by moving the map under a pin; keeps a list twin; follows the page's letter size and colours.
import { styleOf, HEIGHTS } from "./map/style.js";
import { twin } from "./map/twin.js";
import { pick } from "./map/pick.js";

const empty = { type: "FeatureCollection", features: [] };
let engine;

async function load(box) {
  if (!engine) {
    const absolute = (path) => new URL(path, location.href).href;
    if (!document.querySelector("link[data-map-sheet]")) {
      const sheet = document.createElement("link");
      sheet.rel = "stylesheet";
      sheet.href = box.dataset.sheet;
      sheet.dataset.mapSheet = "";
      document.head.append(sheet);
    }
    engine = import(absolute(box.dataset.engine)).then((m) => { m.setWorkerUrl(absolute(box.dataset.worker)); return m; });
  }
  return engine;
}

async function fetched(url) {
  if (!url) return empty;
  const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/geo+json, application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function extent(collections) {
  let [w, s, e, n] = [180, 90, -180, -90];
  const walk = (c) => { if (typeof c[0] === "number") { w = Math.min(w, c[0]); e = Math.max(e, c[0]); s = Math.min(s, c[1]); n = Math.max(n, c[1]); } else c.forEach(walk); };
  for (const c of collections) for (const f of c.features) if (f.geometry) walk(f.geometry.coordinates);
  return w <= e ? [w, s, e, n] : null;
}

function noMap(box, why) {
  const says = box.querySelector("[data-map-says]");
  if (says) says.textContent = box.dataset.sayNomap;
  const list = box.nextElementSibling;
  if (list?.matches("[data-map-twin]")) list.open = true;
  box.classList.add("is-without");
  console.info("map not drawn:", why?.message ?? why);
}

function tool(box, label, icon, act) {
  let tools = box.querySelector(".map__tools");
  if (!tools) { tools = document.createElement("div"); tools.className = "map__tools"; box.append(tools); }
  const b = document.createElement("button");
  b.type = "button";
  b.setAttribute("aria-label", label);
  b.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${box.dataset.sprite}#${icon}"/></svg>`;
  b.addEventListener("click", act);
  tools.append(b);
}

async function draw(box) {
  if (box.dataset.drawn) return;
  box.dataset.drawn = "1";
  if (HEIGHTS[box.dataset.height]) box.style.height = HEIGHTS[box.dataset.height];
  const d = box.dataset;
  const small = "small" in d;
  let areas, roads, water, points, lib;
  try {
    const asked = [fetched(d.areas), fetched(d.roads), fetched(d.water), fetched(d.points)].map((p) => p.catch(() => empty));
    [lib, areas, roads, water, points] = await Promise.all([load(box), ...asked]);
  } catch (why) { noMap(box, why); return; }
  twin(box, points);
  const whole = d.bounds ? d.bounds.split(",").map(Number) : extent([areas, points]) ?? extent([roads, water]);
  const pin = d.lon && d.lat ? [Number(d.lon), Number(d.lat)] : null;
  let map;
  try {
    map = new lib.Map({
      container: box.querySelector("[data-map-canvas]"),
      style: styleOf(box, { areas, roads, water, points, pin: pin && !("pick" in d) ? pin : null }),
      attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0,
      interactive: !small, cooperativeGestures: !("pick" in d) && !document.body.classList.contains("board") && !small, fadeDuration: 0,
      locale: document.documentElement.lang.startsWith("zh") ? { "CooperativeGesturesHandler.WindowsHelpText": "按住 Ctrl 键再滚动，可以缩放地图", "CooperativeGesturesHandler.MacHelpText": "按住 ⌘ 键再滚动，可以缩放地图", "CooperativeGesturesHandler.MobileHelpText": "用两个手指移动地图", "Map.Title": "地图" } : {},
      ...(pin ? { center: pin, zoom: Number(d.zoom || 15.5) } : whole ? { bounds: whole, fitBoundsOptions: { padding: small ? 12 : 28 } } : { center: [113.56, 22.27], zoom: Number(d.zoom || 12) }),
    });
  } catch (why) { noMap(box, why); return; }
  box.gongzhiMap = map;
  map.touchZoomRotate?.disableRotation();
  map.on("error", (e) => console.info("map:", e.error?.message));
  const canvas = map.getCanvas();
  if (small) { canvas.tabIndex = -1; canvas.setAttribute("role", "img"); canvas.setAttribute("aria-label", box.getAttribute("aria-label")); }
  const restyle = () => map.setStyle(styleOf(box, { areas, roads, water, points, pin: pin && !("pick" in d) ? pin : null }), { diff: true });
  document.addEventListener("gongzhi:type", () => requestAnimationFrame(restyle));

  if (!small) {
    tool(box, d.sayIn, "plus", () => map.zoomIn());
    tool(box, d.sayOut, "minus", () => map.zoomOut());
    if (whole) tool(box, d.sayWhole, "focus-2", () => map.fitBounds(whole, { padding: 28 }));
  }
  if ("pick" in d) pick(box, map, areas);
  if (d.points) {
    map.on("click", "clusters", async (e) => {
      const zoom = await map.getSource("points").getClusterExpansionZoom(e.features[0].properties.cluster_id);
      map.easeTo({ center: e.features[0].geometry.coordinates, zoom });
    });
    map.on("click", "points", (e) => card(box, e.features[0].properties));
    for (const layer of ["clusters", "points"]) {
      map.on("mouseenter", layer, () => { canvas.style.cursor = "pointer"; });
      map.on("mouseleave", layer, () => { canvas.style.cursor = ""; });
    }
    if (Number(d.refresh)) setInterval(async () => {
      if (document.hidden) return;
      try { points = await fetched(d.points); map.getSource("points")?.setData(points); twin(box, points); } catch { /* the last picture stays */ }
    }, Math.max(5, Number(d.refresh)) * 1000);
  }
  map.once("idle", () => { box.dataset.ready = "1"; box.dispatchEvent(new CustomEvent("gongzhi:map", { bubbles: true })); });
}

function card(box, about) {
  box.querySelector(".map__card")?.remove();
  const one = document.createElement("div");
  one.className = "map__card";
  one.setAttribute("role", "status");
  const title = document.createElement("p");
  title.className = "strong";
  title.textContent = about.title ?? "";
  const meta = document.createElement("p");
  meta.className = "soft small";
  meta.textContent = about.meta ?? "";
  one.append(title, meta);
  if (about.url) {
    const a = document.createElement("a");
    a.href = about.url;
    a.textContent = box.dataset.sayMore;
    one.append(a);
  }
  const shut = document.createElement("button");
  shut.type = "button";
  shut.setAttribute("aria-label", box.dataset.sayClose);
  shut.textContent = "×";
  shut.addEventListener("click", () => one.remove());
  one.append(shut);
  box.append(one);
}

const near = new IntersectionObserver((entries) => { for (const e of entries) if (e.isIntersecting) { near.unobserve(e.target); draw(e.target); } }, { rootMargin: "300px" });
const start = (root) => { for (const box of root.querySelectorAll("[data-map]")) if (!box.dataset.drawn) near.observe(box); };
start(document);
document.addEventListener("htmx:load", (event) => start(event.target));

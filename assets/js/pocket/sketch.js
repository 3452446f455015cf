// The sketch of a grid: outline, houses, roads and water as vectors kept on the device; pins for the tasks, a ring for oneself.
// Everything it shows is also in the list below it; the sketch itself is one picture to a screen reader.
import { el, icon, say, svg } from "./page.js";

const WIDE = 1000;
const rings = (g) => (g.type === "Polygon" ? g.coordinates : g.type === "MultiPolygon" ? g.coordinates.flat() : g.type === "LineString" ? [g.coordinates] : g.type === "MultiLineString" ? g.coordinates : g.type === "GeometryCollection" ? g.geometries.flatMap(rings) : []);

export function inside(geometry, [x, y]) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
  return polygons.some((polygon) => {
    let within = false;
    for (const ring of polygon) for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [ax, ay] = ring[i], [bx, by] = ring[j];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
    }
    return within;
  });
}
export const outline = (ground) => ground?.features.find((one) => one.properties.kind === "grid");

// ground: a /ground/grid/….json; pins: [{ lon, lat, label, tone, href }]; here: { lon, lat }; pick(lon, lat) when a point can be set.
export function sketch(ground, { pins = [], here = null, pick = null, label = "" } = {}) {
  const [west, south, east, north] = ground.bbox;
  const flat = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = WIDE / ((east - west) * flat);
  const high = Math.round((north - south) * scale);
  const at = ([lon, lat]) => [(lon - west) * flat * scale, (north - lat) * scale];
  const path = (geometry) => rings(geometry).map((ring) => `M${ring.map((point) => at(point).map((n) => n.toFixed(1)).join(" ")).join("L")}`).join("");
  const layer = (kind, closed) => svg("g", { class: `sketch__${kind}` }, ...ground.features.filter((one) => one.properties.kind === kind).map((one) => {
    if (one.geometry.type === "Point") { const [x, y] = at(one.geometry.coordinates); return svg("rect", { x: x - 6, y: y - 6, width: 12, height: 12 }); }
    return svg("path", { d: path(one.geometry) + (closed ? "Z" : "") });
  }));
  const view = { x: 0, y: 0, w: WIDE, h: high };
  const marks = svg("g", { class: "sketch__marks" });
  const names = svg("g", { class: "sketch__names" });
  const drawing = svg("svg", { class: "sketch__drawing", role: "img", "aria-label": label, viewBox: `0 0 ${WIDE} ${high}` },
    layer("beside", true), layer("park", true), layer("water", true), layer("road"), layer("lane"), layer("building", true), layer("grid", true), names, marks);

  const draw = () => {
    drawing.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
    const unit = view.w / WIDE; // marks and names keep their size on the screen
    marks.replaceChildren(...pins.filter((one) => Number.isFinite(one.lon)).map((one, n) => {
      const [x, y] = at([one.lon, one.lat]);
      return svg("g", { class: `sketch__pin sketch__pin--${one.tone}`, transform: `translate(${x} ${y}) scale(${unit})` }, svg("circle", { r: 36 }), Object.assign(svg("text", { dy: 15 }), { textContent: one.label ?? n + 1 }));
    }));
    if (here) { const [x, y] = at([here.lon, here.lat]); marks.append(svg("g", { class: "sketch__here", transform: `translate(${x} ${y}) scale(${unit})` }, svg("circle", { r: 34 }), svg("circle", { r: 13 }))); }
    const houses = ground.features.filter((one) => one.properties.kind === "building" && one.properties.name);
    const seen = houses.map((one) => { const [ring] = rings(one.geometry); const points = ring ?? [one.geometry.coordinates]; return { name: one.properties.name, x: 0, y: 0, point: at([points.reduce((s, p) => s + p[0], 0) / points.length, points.reduce((s, p) => s + p[1], 0) / points.length]) }; })
      .filter(({ point: [x, y] }) => x > view.x && x < view.x + view.w && y > view.y && y < view.y + view.h);
    names.replaceChildren(...(seen.length <= 14 ? seen : []).map(({ name, point: [x, y] }) => Object.assign(svg("text", { transform: `translate(${x} ${y}) scale(${unit})` }), { textContent: name })));
  };
  const zoom = (by, x = view.x + view.w / 2, y = view.y + view.h / 2) => {
    const w = Math.min(WIDE, Math.max(WIDE / 12, view.w * by));
    const share = w / view.w;
    Object.assign(view, { x: x - (x - view.x) * share, y: y - (y - view.y) * share, w, h: (w * high) / WIDE });
    clip();
  };
  const clip = () => { view.x = Math.min(WIDE - view.w, Math.max(0, view.x)); view.y = Math.min(high - view.h, Math.max(0, view.y)); draw(); };
  const point = (event) => { const box = drawing.getBoundingClientRect(); return [view.x + ((event.clientX - box.left) / box.width) * view.w, view.y + ((event.clientY - box.top) / box.height) * view.h]; };
  let drag = null;
  drawing.addEventListener("pointerdown", (event) => { drag = { from: [event.clientX, event.clientY], x: view.x, y: view.y, moved: false }; });
  drawing.addEventListener("pointermove", (event) => {
    if (!drag || view.w >= WIDE) return;
    const box = drawing.getBoundingClientRect();
    const [dx, dy] = [event.clientX - drag.from[0], event.clientY - drag.from[1]];
    if (Math.hypot(dx, dy) > 6) drag.moved = true;
    if (drag.moved) { view.x = drag.x - (dx / box.width) * view.w; view.y = drag.y - (dy / box.height) * view.h; clip(); }
  });
  addEventListener("pointerup", () => { setTimeout(() => { drag = null; }); });
  if (pick) drawing.addEventListener("click", (event) => {
    if (drag?.moved) return;
    const [x, y] = point(event);
    here = { lon: west + x / (flat * scale), lat: north - y / scale };
    draw();
    pick(here.lon, here.lat);
  });
  draw();
  const tool = (text, name, act) => el("button.button.button--icon", { type: "button", "aria-label": text, onclick: act }, icon(name));
  const box = el("div.sketch", {}, drawing, el("div.sketch__tools", {}, tool(say("nearer"), "plus", () => zoom(0.6)), tool(say("further"), "minus", () => zoom(1 / 0.6))));
  box.show = (lon, lat) => { here = { lon, lat }; draw(); };
  return box;
}

// Where the device is, asked for by a press only. Rejects with a sentence.
export const whereAmI = () => new Promise((done, failed) => {
  if (!navigator.geolocation) { failed(new Error(say("no_place"))); return; }
  navigator.geolocation.getCurrentPosition((p) => done({ lon: p.coords.longitude, lat: p.coords.latitude, metres: Math.round(p.coords.accuracy) }), () => failed(new Error(say("no_place"))), { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
});

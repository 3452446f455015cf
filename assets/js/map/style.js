// The pale style, made from the page's own tokens so that board, paper and large letters need no second one.
export const HEIGHTS = { tall: "min(70vh, 44rem)", fill: "100%" };
const TONES = ["late", "soon", "done", "working", "new", "closed"];

export function styleOf(box, { areas, roads, water, points, pin }) {
  const css = getComputedStyle(box);
  const v = (name) => css.getPropertyValue(name).trim();
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const board = document.body.classList.contains("board");
  const k = (rem / 16) * (board ? 1.35 : 1);
  const face = v("--face").split(",").map((f) => f.trim().replace(/^["']|["']$/g, ""));
  const source = (features, more = {}) => ({ type: "geojson", data: features, ...more });
  const tone = (named, other) => ["match", ["get", "tone"], ...TONES.flatMap((t) => [t, named[t] ?? other]), other];
  const colours = { late: v("--late-mark"), soon: v("--soon-mark"), done: v("--done-mark"), closed: v("--line-control"), working: v("--map-point"), new: v("--map-point") };
  const text = (size, more = {}) => ({ "text-font": face, "text-size": size * k, "text-max-width": 7, "text-padding": 4, ...more });
  const layers = [
    { id: "ground", type: "background", paint: { "background-color": v("--map-ground") } },
    { id: "areas", type: "fill", source: "areas", paint: { "fill-color": ["coalesce", ["get", "fill"], v("--map-area")], "fill-opacity": ["coalesce", ["get", "opacity"], 1] } },
    { id: "water", type: "fill", source: "water", paint: { "fill-color": v("--map-water") } },
    { id: "road-edges", type: "line", source: "roads", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": v("--map-road-edge"), "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 11, 1.6 * k, 15, 7 * k, 18, 22 * k] } },
    { id: "roads", type: "line", source: "roads", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": v("--map-road"), "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 11, 1 * k, 15, 5 * k, 18, 18 * k] } },
    { id: "area-lines", type: "line", source: "areas", paint: { "line-color": v("--map-line"), "line-width": ["match", ["get", "kind"], ["street", "district"], 2.2 * k, "community", 1.4 * k, 0.9 * k], "line-dasharray": [3, 2] } },
    { id: "area-chosen", type: "line", source: "areas", filter: ["==", ["get", "id"], "\u0000"], paint: { "line-color": v("--map-chosen"), "line-width": 3 * k } },
    { id: "road-names", type: "symbol", source: "roads", minzoom: 13.5, layout: { "symbol-placement": "line", "text-field": ["coalesce", ["get", "name"], ""], ...text(11.5), "text-letter-spacing": 0.15 }, paint: { "text-color": v("--map-label"), "text-halo-color": v("--map-halo"), "text-halo-width": 1.6 } },
    { id: "area-names", type: "symbol", source: "areas", layout: { "text-field": ["coalesce", ["get", "label"], ["get", "name"], ""], ...text(13) }, paint: { "text-color": v("--map-label"), "text-halo-color": v("--map-halo"), "text-halo-width": 1.8 } },
    { id: "water-names", type: "symbol", source: "water", layout: { "text-field": ["coalesce", ["get", "name"], ""], ...text(12), "text-letter-spacing": 0.2 }, paint: { "text-color": v("--map-label"), "text-halo-color": v("--map-water"), "text-halo-width": 1.4 } },
    { id: "clusters", type: "circle", source: "points", filter: ["has", "point_count"], paint: { "circle-color": v("--map-point"), "circle-opacity": 0.92, "circle-radius": ["step", ["get", "point_count"], 13 * k, 10, 17 * k, 50, 22 * k, 200, 28 * k], "circle-stroke-width": 3 * k, "circle-stroke-color": v("--map-halo") } },
    { id: "cluster-late", type: "circle", source: "points", filter: ["all", ["has", "point_count"], [">", ["get", "late"], 0]], paint: { "circle-color": v("--late-mark"), "circle-radius": 5 * k, "circle-translate": [12 * k, -11 * k], "circle-stroke-width": 1.5 * k, "circle-stroke-color": v("--map-halo") } },
    { id: "cluster-counts", type: "symbol", source: "points", filter: ["has", "point_count"], layout: { "text-field": ["get", "point_count_abbreviated"], ...text(13), "text-allow-overlap": true }, paint: { "text-color": board ? "#04191d" : "#ffffff" } },
    { id: "points", type: "circle", source: "points", filter: ["!", ["has", "point_count"]], paint: { "circle-color": tone(colours, v("--map-point")), "circle-radius": tone({ late: 8.5 * k, soon: 7.5 * k }, 6.5 * k), "circle-stroke-width": 2 * k, "circle-stroke-color": v("--map-halo") } },
    // late is also a sign, not only a colour
    { id: "late-signs", type: "symbol", source: "points", filter: ["all", ["!", ["has", "point_count"]], ["==", ["get", "tone"], "late"]], layout: { "text-field": "!", ...text(12), "text-allow-overlap": true }, paint: { "text-color": "#ffffff" } },
    { id: "pin-halo", type: "circle", source: "pin", paint: { "circle-radius": 15 * k, "circle-color": v("--map-chosen"), "circle-opacity": 0.2 } },
    { id: "pin", type: "circle", source: "pin", paint: { "circle-radius": 7.5 * k, "circle-color": v("--map-chosen"), "circle-stroke-width": 3 * k, "circle-stroke-color": v("--map-halo") } },
  ];
  return {
    version: 8,
    sources: {
      areas: source(areas), roads: source(roads), water: source(water),
      points: source(points, { cluster: true, clusterRadius: 42 * k, clusterMaxZoom: 16, clusterProperties: { late: ["+", ["case", ["==", ["get", "tone"], "late"], 1, 0]] } }),
      pin: source({ type: "FeatureCollection", features: pin ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: pin } }] : [] }),
    },
    layers,
  };
}

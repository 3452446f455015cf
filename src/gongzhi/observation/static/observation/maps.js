// Theme maps: an area leads to its list; the heat is laid over the shapes when it was asked for.
document.addEventListener("gongzhi:map", async (event) => {
  const map = event.target.gongzhiMap;
  map.on("click", "areas", (e) => { const url = e.features?.[0]?.properties.url; if (url) location.href = url; });
  map.on("mouseenter", "areas", () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", "areas", () => { map.getCanvas().style.cursor = ""; });
  const asked = document.querySelector("[data-heat]");
  if (!asked) return;
  const answer = await fetch(asked.dataset.heat, { credentials: "same-origin" });
  if (!answer.ok) return;
  const points = await answer.json();
  const dense = Math.min(1, 2.4 / Math.sqrt(Math.max(1, points.features.length)));
  map.addSource("heat", { type: "geojson", data: points });
  map.addLayer({ id: "heat", type: "heatmap", source: "heat", paint: {
    "heatmap-weight": dense,
    "heatmap-radius": ["interpolate", ["exponential", 2], ["zoom"], 11, 14, 15, 60, 18, 300],
    "heatmap-opacity": 0.78,
    "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, "rgba(20,118,132,0)", 0.2, "#8fc5c9", 0.45, "#2c919d", 0.7, "#f0c46a", 1, "#d48a0c"],
  } }, "area-lines");
});

// Paper: the map is drawn at the size of the sheet first, then printed.
const frame = document.querySelector(".theme__map");
function toPaper(map, whole) { frame.classList.add("is-paper"); map.resize(); map.fitBounds(whole, { padding: 12, animate: false }); }
document.addEventListener("gongzhi:map", (event) => {
  const map = event.target.gongzhiMap;
  const whole = map.getBounds();
  addEventListener("beforeprint", () => { if (!frame.classList.contains("is-paper")) { toPaper(map, whole); map.redraw(); } });
  addEventListener("afterprint", () => { frame.classList.remove("is-paper"); map.resize(); map.fitBounds(whole, { padding: 0, animate: false }); });
  document.addEventListener("click", (e) => {
    if (!e.target.closest?.("[data-print]")) return;
    e.stopImmediatePropagation();
    toPaper(map, whole);
    map.once("idle", () => print());
  }, true);
});

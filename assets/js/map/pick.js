// Picking a point: the pin stays in the middle, the map moves below it (drag, arrow keys, "my place"). Degrees go into two inputs.
export function pick(box, map, areas) {
  const d = box.dataset;
  const lonField = document.getElementById(d.lonField);
  const latField = document.getElementById(d.latField);
  const says = box.querySelector("[data-map-says]");
  const here = box.querySelector("[data-map-here]");
  let touched = Boolean(lonField.value);
  let asking;
  says.textContent = touched ? "" : d.sayPick;
  if (touched) map.jumpTo({ center: [Number(lonField.value), Number(latField.value)], zoom: Number(d.zoom || 16) });

  const nameAt = (at) => {
    const inside = areas.features.filter((f) => f.geometry && covers(f.geometry, at));
    return inside.map((f) => f.properties?.full_name ?? f.properties?.name).filter(Boolean).at(-1);
  };
  const put = async () => {
    const { lng, lat } = map.getCenter();
    lonField.value = lng.toFixed(6);
    latField.value = lat.toFixed(6);
    for (const f of [lonField, latField]) f.dispatchEvent(new Event("change", { bubbles: true }));
    const name = nameAt([lng, lat]);
    if (areas.features.length) says.textContent = name ? d.sayPicked.replace("{place}", name) : d.sayOutside;
    if (!d.locate) return;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${d.locate}?lon=${lonField.value}&lat=${latField.value}`, { signal: asking.signal, credentials: "same-origin", headers: { "HX-Request": "true" } });
      if (answer.ok && answer.status !== 204) says.innerHTML = await answer.text();
    } catch { /* the name from the map stays */ }
  };
  map.on("movestart", () => box.classList.add("is-moving"));
  map.on("moveend", (e) => {
    box.classList.remove("is-moving");
    if (e.originalEvent || e.gongzhi) touched = true;
    if (touched) put();
  });
  map.on("click", (e) => map.easeTo({ center: e.lngLat }, { gongzhi: true }));
  box.addEventListener("keydown", (e) => { if (e.key.startsWith("Arrow")) touched = true; }, true);
  if (touched) put();

  if (here && navigator.geolocation) {
    here.hidden = false;
    here.addEventListener("click", () => {
      says.textContent = d.sayLocating;
      navigator.geolocation.getCurrentPosition(
        (p) => map.flyTo({ center: [p.coords.longitude, p.coords.latitude], zoom: 16.5 }, { gongzhi: true }),
        () => { says.textContent = d.sayNolocation; },
        { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
      );
    });
  }
}

// Whether a point lies in a polygon (even-odd rule); only for naming the place, the server decides.
function covers(geometry, [x, y]) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
  return polygons.some((rings) => {
    let inside = false;
    for (const ring of rings) for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i], [xj, yj] = ring[j];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
    return inside;
  });
}

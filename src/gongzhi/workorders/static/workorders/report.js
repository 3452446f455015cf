// The report form: "use my place" without the map, and the place a pin is near as the typed address.
const $ = (s) => document.querySelector(s);
const lon = $("#id_lon");
const lat = $("#id_lat");
const words = $("#id_place_text");
const says = $("[data-here-says]");
const here = $("[data-here]");
const map = $("[data-where-map]");

async function name(x, y) {
  const answer = await fetch(`${here.dataset.hereAt}?lon=${x}&lat=${y}`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (!answer.ok) return;
  says.innerHTML = await answer.text();
  const near = says.querySelector("[data-where-near]");
  if (near && !words.value) words.value = near.dataset.whereNear;
}

if (here && navigator.geolocation) {
  here.hidden = false;
  here.addEventListener("click", () => {
    says.textContent = here.dataset.hereBusy;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        lon.value = coords.longitude.toFixed(6);
        lat.value = coords.latitude.toFixed(6);
        for (const f of [lon, lat]) f.dispatchEvent(new Event("change", { bubbles: true }));
        name(lon.value, lat.value).catch(() => {});
      },
      () => { says.textContent = here.dataset.hereFailed; },
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    );
  });
}
// The map says itself where the pin is; two sentences would be one too many.
map?.addEventListener("toggle", () => { if (map.open) says.textContent = ""; });

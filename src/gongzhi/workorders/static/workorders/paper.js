// A paper form beside its fields: show the picture at once, enlarge it, read its code where the device can, and say
// whether the code was used. <form data-paper="/desk/paper/state/"> with [data-paper-picture], [data-paper-state].
const form = document.querySelector("form[data-paper]");
if (form) {
  const files = form.querySelector('input[type="file"]');
  const code = form.querySelector('[name="code"]');
  const figure = form.querySelector("[data-paper-picture]");
  const image = figure.querySelector("img");
  const zoom = figure.querySelector("[data-paper-zoom]");
  const state = form.querySelector("[data-paper-state]");
  let shown = "";
  let asked = "";
  let timer;

  const ask = async () => {
    const told = code.value.trim();
    if (told === asked) return;
    asked = told;
    if (told.length < 6) return state.replaceChildren();
    try {
      const answer = await fetch(`${form.dataset.paper}?${new URLSearchParams({ code: told })}`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (told !== asked || !answer.ok) return;
      const fresh = document.createElement("template");
      fresh.innerHTML = answer.status === 204 ? "" : (await answer.text()).trim();
      state.replaceChildren(fresh.content);
    } catch { /* without a line the form is still sent */ }
  };
  const read = async (file) => {
    if (!("BarcodeDetector" in window)) return;
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      const [found] = await detector.detect(await createImageBitmap(file));
      const told = found?.rawValue.match(/code=([0-9-]+)/)?.[1];
      if (told && !code.value.trim()) {
        code.value = told;
        ask();
      }
    } catch { /* a picture that cannot be read is typed */ }
  };
  files.addEventListener("change", () => {
    const [file] = files.files;
    if (!file) return;
    if (shown) URL.revokeObjectURL(shown);
    shown = URL.createObjectURL(file);
    image.src = shown;
    figure.hidden = false;
    read(file);
  });
  zoom.addEventListener("click", () => {
    const large = zoom.getAttribute("aria-pressed") !== "true";
    zoom.setAttribute("aria-pressed", String(large));
  });
  code.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 300);
  });
  ask();
}

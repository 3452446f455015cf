// Photos: shown before they are sent, made smaller on the device (longest side 1600 px), removed with one press; and a viewer.
import { drawable, smaller } from "./photo/shrink.js";

for (const field of document.querySelectorAll("[data-photo-field]")) {
  const input = field.querySelector("input[type=file]");
  const box = field.querySelector(".photos-in");
  const pick = field.querySelector(".photos-in__pick");
  const says = field.querySelector("[data-photo-says]");
  const refused = field.querySelector("[data-photo-refused]");
  const most = Number(input.dataset.most || (input.multiple ? 6 : 1));
  let chosen = [];
  const put = () => {
    const carrier = new DataTransfer();
    for (const one of chosen) carrier.items.add(one.file);
    input.files = carrier.files;
    for (const old of box.querySelectorAll(".photos-in__one")) old.remove();
    chosen.forEach((one, i) => {
      const cell = document.createElement("div");
      cell.className = "photos-in__one";
      const img = document.createElement("img");
      img.src = one.address;
      img.alt = one.file.name;
      const size = document.createElement("small");
      size.textContent = one.file.size > 1e6 ? `${(one.file.size / 1e6).toFixed(1)} MB` : `${Math.ceil(one.file.size / 1e3)} KB`;
      const drop = document.createElement("button");
      drop.type = "button";
      drop.setAttribute("aria-label", `${box.dataset.removeLabel} ${i + 1}`);
      drop.textContent = "×";
      drop.addEventListener("click", () => { URL.revokeObjectURL(one.address); chosen.splice(i, 1); put(); input.focus(); });
      cell.append(img, size, drop);
      box.insertBefore(cell, pick);
    });
    pick.hidden = chosen.length >= most;
    says.textContent = box.dataset.keptLabel.replace("{n}", chosen.length);
  };
  input.addEventListener("change", async () => {
    const fresh = [...input.files].filter((f) => !chosen.some((c) => c.file === f));
    const wrong = [];
    box.setAttribute("aria-busy", "true");
    for (const file of fresh) {
      if (!(await drawable(file))) { wrong.push(file.name); continue; }
      if (!input.multiple) chosen = [];
      if (chosen.length >= most) continue;
      const ready = await smaller(file);
      chosen.push({ file: ready, address: URL.createObjectURL(ready) });
    }
    box.removeAttribute("aria-busy");
    refused.hidden = !wrong.length;
    refused.querySelector("span").textContent = wrong.map((name) => box.dataset.refusedLabel.replace("{name}", () => name)).join(" ");
    put();
  });
  pick.addEventListener("dragover", () => pick.classList.add("is-over"));
  for (const kind of ["dragleave", "drop"]) pick.addEventListener(kind, () => pick.classList.remove("is-over"));
}

for (const strip of document.querySelectorAll("[data-photos]")) {
  if (strip.dataset.viewing) continue;
  strip.dataset.viewing = "1";
  const links = [...strip.querySelectorAll("[data-photo]")];
  links.forEach((link, at) => link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    view(strip, links, at);
  }));
}

function view(strip, links, start) {
  let at = start;
  const before = document.activeElement;
  const box = document.createElement("div");
  box.className = "viewer";
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-modal", "true");
  const bar = document.createElement("div");
  bar.className = "viewer__bar";
  const said = document.createElement("span");
  said.setAttribute("aria-live", "polite");
  const button = (label, sign, act) => { const b = document.createElement("button"); b.type = "button"; b.setAttribute("aria-label", label); b.textContent = sign; b.addEventListener("click", act); return b; };
  const close = () => { box.remove(); document.removeEventListener("keydown", keys, true); before?.focus(); };
  const go = (by) => { at = (at + by + links.length) % links.length; show(); };
  const shut = button(strip.dataset.closeLabel, "×", close);
  const back = button(strip.dataset.backLabel, "‹", () => go(-1));
  const next = button(strip.dataset.nextLabel, "›", () => go(1));
  back.hidden = next.hidden = links.length < 2;
  bar.append(shut, said);
  const frame = document.createElement("div");
  frame.className = "viewer__frame";
  const img = document.createElement("img");
  frame.append(img);
  const foot = document.createElement("div");
  foot.className = "viewer__bar";
  foot.append(back, next);
  box.append(bar, frame, foot);
  const show = () => {
    const picture = links[at].querySelector("img");
    const stage = links[at].querySelector(".photos__stage")?.textContent ?? "";
    img.src = links[at].href;
    img.alt = picture.alt;
    said.textContent = `${stage} ${picture.alt} ${at + 1}/${links.length}`.trim();
    box.setAttribute("aria-label", picture.alt);
  };
  const keys = (e) => {
    if (e.key === "Escape") { e.stopPropagation(); close(); }
    else if (e.key === "ArrowLeft") go(-1);
    else if (e.key === "ArrowRight") go(1);
    else if (e.key === "Tab") {
      const stops = [shut, back, next].filter((b) => !b.hidden);
      const n = stops.indexOf(document.activeElement);
      e.preventDefault();
      stops[(n + (e.shiftKey ? -1 : 1) + stops.length) % stops.length].focus();
    }
  };
  document.addEventListener("keydown", keys, true);
  document.body.append(box);
  show();
  shut.focus();
}

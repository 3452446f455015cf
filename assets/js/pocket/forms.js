// The forms of the pocket: every letter and photo is kept on the device as it comes, and a press makes an item of it.
import { drawable, smaller } from "../photo/shrink.js";
import { alarm } from "./alarm.js";
import { el, icon, moment, now, say, size } from "./page.js";
import { inside, outline, sketch, whereAmI } from "./sketch.js";
import * as store from "./store.js";

const forms = new Set(); // those on the page, so that all can be kept at once
export const keepAll = () => Promise.all([...forms].map((one) => one.keep()));
export const writing = () => [...forms].some((one) => one.form.isConnected && one.dirty());

const values = (form) => {
  const said = {};
  for (const field of form.elements) {
    if (!field.name || field.type === "file") continue;
    if (field.type === "radio") { if (field.checked) said[field.name] = field.value; } else if (field.type === "checkbox") { if (field.checked) said[field.name] = true; } else if (field.value) said[field.name] = field.value;
  }
  return said;
};
function fill(form, said) {
  for (const field of form.elements) {
    if (!field.name || !(field.name in said) || field.type === "file") continue;
    if (field.type === "radio") field.checked = field.value === said[field.name];
    else if (field.type === "checkbox") field.checked = Boolean(said[field.name]);
    else field.value = said[field.name];
  }
}
function wrong(form, sentences) {
  const box = form.querySelector("[data-wrong]");
  box.replaceChildren(sentences.length ? el("div.summary", { role: "alert", tabindex: "-1" }, el("h2", {}, icon("alert-triangle"), say("not_yet")), el("ul", {}, sentences.map((one) => el("li", {}, one)))) : "");
  if (sentences.length) { box.firstChild.focus(); box.firstChild.scrollIntoView({ block: "center" }); }
}

// ---- photos: made smaller and sealed as soon as they are chosen

async function photoField(box, draftName, changed) {
  const most = Number(box.dataset.most);
  const id = `photos-${draftName.replaceAll(":", "-")}`;
  const input = el("input", { type: "file", id, accept: "image/*", multiple: true });
  const pick = el("label.photos-in__pick", { for: id }, input, icon("camera"), el("span", {}, say("take_photo")), el("small", {}, say("photo_small")));
  const grid = el("div.photos-in", {}, pick);
  const said = el("p.field__error", { role: "alert", hidden: true });
  box.replaceChildren(el("p.field__label", {}, say("photos")), said, grid);
  let shown = [];
  const draw = async () => {
    for (const one of shown) URL.revokeObjectURL(one.address);
    shown = (await store.photos(`draft:${draftName}`)).map((one) => ({ ...one, address: URL.createObjectURL(one.blob) }));
    for (const old of grid.querySelectorAll(".photos-in__one")) old.remove();
    shown.forEach((one, n) => pick.before(el("div.photos-in__one", {}, el("img", { src: one.address, alt: say("photo_n", { n: n + 1 }) }), el("small", {}, size(one.size)),
      el("button", { type: "button", "aria-label": say("photo_drop", { n: n + 1 }), onclick: async () => { await store.dropPhoto(one.id); await draw(); changed(); input.focus(); } }, "×"))));
    pick.hidden = shown.length >= most;
  };
  input.addEventListener("change", async () => {
    const files = [...input.files];
    said.hidden = true;
    grid.setAttribute("aria-busy", "true");
    const refused = [];
    for (const file of files.slice(0, most - shown.length)) {
      if (!(await drawable(file))) { refused.push(say("photo_wrong", { name: file.name })); continue; }
      try { await store.addPhoto(`draft:${draftName}`, await smaller(file)); } catch (fault) { refused.push(fault.name === "QuotaExceededError" ? say("full") : say("photo_wrong", { name: file.name })); }
    }
    input.value = "";
    grid.removeAttribute("aria-busy");
    if (refused.length) { said.textContent = refused.join(" "); said.hidden = false; }
    await draw();
    changed();
  });
  await draw();
  return { count: () => shown.length };
}

// ---- one form, with its draft

// about: { name of the draft, order, verb, title, version }; done() after an item was made of it.
export async function bind(form, about, done, { ready = () => {}, check = () => [], more = () => ({}) } = {}) {
  let begun = null;
  let last = "";
  let timer;
  const note = form.querySelector("[data-kept]");
  const before = await store.draft(about.name).catch(() => null);
  if (before) { fill(form, before.said); begun = before.begun; last = JSON.stringify(before.said); }
  const box = form.querySelector("[data-photos]");
  let pictures = { count: () => 0 };
  const write = async () => {
    if (!form.isConnected) return;
    const said = values(form);
    const text = JSON.stringify(said);
    const empty = !Object.keys(said).some((key) => key !== "at") && !pictures.count();
    if (empty ? last === "" : text === last && begun) return;
    begun ??= Date.now();
    try {
      if (empty) { await store.dropDraft(about.name); last = ""; begun = null; return; }
      await store.keepDraft(about.name, { said, begun, title: about.title }); last = text; if (note) note.textContent = say("kept", { time: moment(now()) });
    } catch (fault) { if (fault instanceof store.Left) throw fault; if (note) note.textContent = fault.name === "QuotaExceededError" ? say("full") : ""; }
  };
  // One after the other: who waits for `keep` waits for what is being written already, too.
  let going = Promise.resolve();
  const keep = () => { clearTimeout(timer); going = going.then(write, write); return going; };
  const changed = () => { begun ??= Date.now(); clearTimeout(timer); timer = setTimeout(keep, 250); };
  if (box) pictures = await photoField(box, about.name, () => { last = ""; changed(); });
  if (pictures.count()) begun ??= Date.now();
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation(); // live.js counts presses of forms that go to the server; this one goes nowhere
    clearTimeout(timer);
    await going;
    const said = values(form);
    const faults = check(said, pictures.count());
    wrong(form, faults);
    if (faults.length) return;
    const press = form.querySelector("[type=submit]");
    press.disabled = true;
    try {
      await store.post(about.name, {
        key: crypto.randomUUID(), order: about.order, verb: about.verb, version: about.version, seen: begun ?? Date.now(), offset: await store.meta("offset"),
        said: { ...said, ...more(said), title: about.title },
      });
      form.reset();
      forms.delete(one);
      done();
    } catch (fault) { if (fault instanceof store.Left) throw fault; wrong(form, [fault.name === "QuotaExceededError" ? say("full") : say("not_kept")]); } finally { press.disabled = false; }
  });
  const one = { form, keep, dirty: () => document.activeElement?.form === form || JSON.stringify(values(form)) !== last };
  forms.add(one);
  ready(changed);
  if (before && note) note.textContent = say("kept_before", { time: moment(before.begun + (now() - Date.now())) });
  return one;
}

const needed = (said, ...names) => names.filter((name) => !said[name]);
const short = (text) => (text ?? "").trim().length < 2;
export const checks = {
  accept: () => [],
  verify: (said) => [...(needed(said, "found").length ? [say("need_found")] : []), ...(short(said.text) ? [say("need_text")] : [])],
  answer: (said) => [...(short(said.text) ? [say("need_answer")] : []), ...(said.unsigned && short(said.why) ? [say("need_why")] : [])],
  visit: (said) => [...(needed(said, "reached").length ? [say("need_reached")] : []), ...(said.reached === "yes" && needed(said, "solved", "satisfied").length ? [say("need_rating")] : [])],
  note: (said, photos) => (short(said.text) && !photos ? [say("need_note")] : []),
};

// ---- the report

export async function reportForm(place, today, grounds, done) {
  const form = document.getElementById("form-report").content.firstElementChild.cloneNode(true);
  const where = form.elements.at;
  for (const area of today.areas) {
    where.append(el("option", { value: `a:${area.id}` }, area.name));
    if (area.buildings.length) where.append(el("optgroup", { label: say("buildings_of", { name: area.name }) }, area.buildings.map((house) => el("option", { value: `b:${area.id}:${house.id}` }, house.name))));
  }
  where.append(el("option", { value: "" }, say("elsewhere")));
  for (const topic of today.topics) form.elements.category.append(el("optgroup", { label: topic.name }, topic.rows.map(([id, name]) => el("option", { value: id }, name))));
  for (const [code, name] of today.appeals) form.elements.appeal.append(el("option", { value: code }, name));
  const lon = el("input", { type: "hidden", name: "lon" });
  const lat = el("input", { type: "hidden", name: "lat" });
  form.append(lon, lat);
  place.replaceChildren(form);
  const said = form.querySelector("[data-where]");
  const alarmBox = form.querySelector("[data-alarm]");
  const ground = grounds.find(outline);
  let map = null;
  const tellWhere = (metres) => {
    if (!lon.value) { said.textContent = ""; return; }
    const at = [Number(lon.value), Number(lat.value)];
    const grid = grounds.map(outline).find((one) => one && inside(one.geometry, at));
    said.textContent = grid ? say("in_grid", { name: grid.properties.name }) : say("out_of_grid");
    if (metres > 50) said.textContent += ` ${say("roughly", { n: metres })}`;
    map?.show(...at);
  };
  const put = (x, y, metres) => { lon.value = x.toFixed(6); lat.value = y.toFixed(6); tellWhere(metres); lon.dispatchEvent(new Event("change", { bubbles: true })); };
  let danger = null;
  const look = () => {
    const found = alarm(form.elements.description.value, today.alarms);
    if (found?.number === danger?.number && Boolean(found) === Boolean(danger)) return;
    danger = found;
    const ticked = Boolean(form.elements.emergency_acknowledged?.checked);
    alarmBox.replaceChildren(found ? el("div.alarm", { role: "alert" }, el("p", {}, found.sentence), el("a.alarm__call", { href: `tel:${found.number}` }, icon("phone"), say("call", { number: found.number })), el("label.tick.tick--alarm", {}, el("input", { type: "checkbox", name: "emergency_acknowledged", ...(ticked ? { checked: true } : {}) }), el("span", {}, say("called")))) : "");
  };
  const more = (all) => {
    const [kind, area, house] = (all.at ?? "").split(":");
    const building = kind === "b" ? today.areas.find((one) => one.id === Number(area))?.buildings.find((one) => one.id === Number(house)) : null;
    const point = all.lon ? {} : building && building.lon !== null ? { lon: building.lon, lat: building.lat } : {};
    return { area: area ?? "", ...point, place_text: [building?.name, all.place_text].filter(Boolean).join(" ").slice(0, 200), at: "" };
  };
  await bind(form, { name: "report" }, done, {
    more,
    check: (all) => [...((all.description ?? "").trim().length < 4 ? [say("need_description")] : []), ...(danger && !all.emergency_acknowledged ? [say("call_first", { number: danger.number })] : [])],
    ready: () => { if (form.elements.name.value || form.elements.phone.value || form.elements.category.value) form.querySelector("details").open = true; },
  });
  if (ground) {
    map = sketch(ground, { pick: (x, y) => put(x, y), label: say("tap_map", { name: outline(ground).properties.name }) });
    said.after(el("details.pocket__more", {}, el("summary", {}, say("on_map")), map));
  }
  form.elements.description.addEventListener("input", look);
  look();
  if (danger && (await store.draft("report").catch(() => null))?.said.emergency_acknowledged) form.elements.emergency_acknowledged.checked = true;
  tellWhere();
  form.querySelector("[data-here]").addEventListener("click", async () => {
    said.textContent = say("locating");
    try { const me = await whereAmI(); put(me.lon, me.lat, me.metres); } catch (fault) { said.textContent = fault.message; }
  });
  return form;
}

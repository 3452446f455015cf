// Small tools of the pocket's page: elements, icons, words, moments, a question asked once more.
const sprite = document.body.dataset.sprite;
const lang = document.documentElement.lang;
const words = new Map([...(document.getElementById("words")?.content.querySelectorAll("[data-w]") ?? [])].map((one) => [one.dataset.w, one.textContent]));

// `say("left", { n: 2 })`: the words of the page under this name, filled in.
export function say(name, values = {}) {
  let text = words.get(name) ?? name;
  for (const [key, value] of Object.entries(values)) text = text.replaceAll(`{${key}}`, () => value);
  return text;
}

// `el("p.soft.small", { id }, "text", child, …)`; attributes that are false or undefined are left out, `on…` are listeners.
export function el(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false && one !== ""));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== false) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
export const icon = (name) => svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `${sprite}#${name}` }));
const mark = (tone) => svg("svg", { class: "shape", "aria-hidden": "true" }, svg("use", { href: `${sprite}#shape-${tone}` }));
export const chip = (text, tone = "plain") => el(`span.chip.chip--${tone}`, {}, mark(tone), text);
export const nothing = (name, title, text = "") => el("div.empty", {}, el("span.empty__mark", {}, icon(name)), el("p.empty__title", {}, title), text && el("p.empty__text", {}, text));
export const button = (text, name, act, kind = "") => el(`button.button${kind ? `.${kind}` : ""}`, { type: "button", onclick: act }, name ? icon(name) : null, el("span", {}, text));

// Asked once more in place, naming what would be lost.
export function twice(text, name, question, verb, act) {
  const box = el("details.confirm.confirm--danger");
  box.append(
    el("summary.button", {}, name ? icon(name) : null, el("span", {}, text)),
    el("div.confirm__panel", {}, el("p.confirm__question", {}, question), el("div.buttons", {}, button(verb, "", act, "button--danger"), button(say("keep"), "", () => { box.open = false; box.querySelector("summary").focus(); }, "button--plain"))),
  );
  return box;
}

export const toast = (text) => document.dispatchEvent(new CustomEvent("gongzhi:toast", { detail: { text } }));

// ---- moments, by the server's clock and in the town's time

let offset = 0;
let zone;
export function setClock(off, name) { offset = off ?? 0; zone = name || undefined; }
export const now = () => Date.now() + offset;
const parts = (at, options) => new Intl.DateTimeFormat(lang, { timeZone: zone, ...options }).format(at);
const day = (at) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at);

// 今天 15:30 · 明天 09:00 · 11月20日 15:30
export function moment(at) {
  const time = parts(at, { hour: "2-digit", minute: "2-digit", hour12: false });
  for (const [name, shift] of [["today_at", 0], ["tomorrow_at", 864e5], ["yesterday_at", -864e5]]) if (day(at) === day(now() + shift)) return say(name, { time });
  return `${parts(at, { month: "long", day: "numeric" })} ${time}`;
}
// 还有 3 小时 · 超时 2 天
export function left(due) {
  const minutes = Math.round(Math.abs(due - now()) / 6e4);
  const size = span(minutes);
  return due < now() ? say("late_by", { size }) : say("time_left", { size });
}
export function span(minutes) {
  if (minutes >= 2880) return say("days", { n: Math.floor(minutes / 1440) });
  if (minutes >= 60) return say("hours", { n: Math.floor(minutes / 60) });
  return say("minutes", { n: Math.max(1, minutes) });
}
export const standing = (due) => (due < now() ? "late" : due - now() < 864e5 ? "soon" : "fine");
export const size = (bytes) => (bytes > 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} KB`);

// What the pocket shows: today, one task, the map, what waits to be sent, the device. Everything comes from the device's own store.
import { bind, checks } from "./forms.js";
import { button, chip, el, icon, left, moment, nothing, now, say, size, standing, toast, twice } from "./page.js";
import { sketch, whereAmI } from "./sketch.js";
import * as store from "./store.js";

const at = (text) => new Date(text).getTime();
const nextDue = (task) => task.promises.find((one) => !one.paused);
const due = (task) => {
  const one = nextDue(task);
  if (!one) return null;
  const state = standing(at(one.due));
  return el(`span.due.due--${state}`, {}, icon(state === "late" ? "alert-triangle" : "clock"), el("b", {}, say("by", { what: one.what, time: moment(at(one.due)) })), el("span", {}, left(at(one.due))));
};
const line = (text) => text && el("span", {}, text);

// ---- today

export function today(place, said, carried, waiting) {
  const groups = [["verify", say("to_verify")], ["order", say("my_orders")], ["visit", say("to_visit")]];
  const late = carried.tasks.filter((one) => nextDue(one) && at(nextDue(one).due) < now()).length;
  said.textContent = carried.tasks.length ? say(late ? "tasks_late" : "tasks_n", { n: carried.tasks.length, late }) : "";
  if (!carried.tasks.length) { place.replaceChildren(nothing("circle-check", say("no_tasks"), say("no_tasks_then"))); return; }
  place.replaceChildren(...groups.flatMap(([kind, label]) => {
    const rows = carried.tasks.filter((one) => one.kind === kind);
    return rows.length ? [el("h2.pocket__group", {}, label, " ", el("span.count", {}, rows.length)), el("ul.rows.pocket__rows", {}, rows.map((one) => row(one, waiting)))] : [];
  }));
}
const row = (task, waiting) => el("li", {}, el("a.rows__title", { href: `#task-${task.id}` }, task.title), chip(task.urgent ? say("urgent") : task.state, task.urgent ? "late" : task.tone),
  el("div.rows__meta", {}, due(task), line(task.place || task.area), waiting.has(task.id) && el("span.soon-text", {}, say("waits_here"))));

// ---- one task

export async function task(place, carried, id, grounds, items, done) {
  const found = carried.tasks.find((one) => one.id === id);
  const back = el("p", {}, el("a.button.button--plain", { href: "#today" }, icon("arrow-left"), el("span", {}, say("to_today"))));
  if (!found) { place.replaceChildren(back, nothing("circle-check", say("task_gone"))); return; }
  const waiting = items.filter((one) => one.order === id);
  const ground = grounds.find((one) => one.features.some((f) => f.properties.kind === "grid" && f.properties.id === found.grid));
  const running = found.promises.filter((one) => !one.paused); // those that stand still are somebody else's, as long as one runs
  const promises = (running.length ? running : found.promises).map((one) => el("li", {}, el("span", {}, one.what), " ", one.paused ? el("b", {}, say("paused")) : el(`b.${standing(at(one.due))}-text`, {}, `${moment(at(one.due))} · ${left(at(one.due))}`)));
  place.replaceChildren(
    back,
    el("div.page-head", {}, el("div.row.row--tight", {}, el("span.page-head__over.mono", {}, found.number), chip(found.state, found.tone), found.urgent && chip(say("urgent"), "late")), el("h1", { tabindex: "-1" }, found.title)),
    ...(found.asked ? [el("div.notice.notice--soon", {}, el("div", {}, el("p.strong.mb-1", {}, say(`asked_${found.asked.verb}`)), el("p.mb-0", {}, found.asked.text)))] : []),
    el("div.card", {}, el("p.order-words", {}, found.words), el("dl.facts.mt-3", {}, el("dt", {}, say("where")), el("dd", {}, found.place || found.area, found.place && el("span.soft.small.d-block", {}, found.area)), found.category && [el("dt", {}, say("topic")), el("dd", {}, found.category)], promises.length && [el("dt", {}, say("promised")), el("dd", {}, el("ul.pocket__promises", {}, promises))])),
    ...(ground && Number.isFinite(found.lon) ? [el("details.pocket__more", {}, el("summary", {}, say("on_map")), sketch(ground, { pins: [{ lon: found.lon, lat: found.lat, tone: "order", label: "●" }], label: say("map_of", { name: found.place || found.area }) }))] : []),
    ...(waiting.length ? [el("div.notice", {}, el("p", {}, say("already_kept", { n: waiting.length }), " ", el("a", { href: "#out" }, say("see_out"))))] : []),
  );
  // Without signal one act may lead to the next: who has accepted here may answer here.
  const taken = new Set(waiting.map((one) => one.verb));
  const offered = found.steps.filter((verb) => verb === "note" || !taken.has(verb));
  if (taken.has("accept") && !offered.includes("answer") && !taken.has("answer")) offered.unshift("answer");
  const acts = el("div.stack.pocket__acts");
  place.append(acts);
  for (const verb of offered) {
    const form = document.getElementById(`form-${verb}`).content.firstElementChild.cloneNode(true);
    const open = verb === "accept" || verb === offered[0];
    if (open) acts.append(form);
    else { const head = form.querySelector("h2"); acts.append(el("details.pocket__more", {}, el("summary", {}, head.textContent), form)); }
    const unsigned = verb === "answer" && found.unsigned.length > 0;
    if (unsigned) { form.querySelector("[data-unsigned]").hidden = false; form.querySelector("#a-why-help").textContent = say("unsigned", { units: found.unsigned.join("、") }); }
    const reached = () => { for (const part of form.querySelectorAll("[data-reached]")) part.hidden = form.elements.reached.value !== "yes"; };
    await bind(form, { name: `${verb}:${id}`, order: id, verb, title: found.title, version: found.version }, () => done(verb), {
      check: (said, photos) => checks[verb]({ ...said, unsigned }, photos),
      ready: () => { if (verb === "visit") { reached(); form.addEventListener("change", reached); } },
    });
    if (!open && form.querySelector("[data-kept]")?.textContent) form.closest("details").open = true;
  }
  place.append(el("p.soft.small", {}, say("more_at_desk"), " ", el("a", { href: `/desk/${id}/` }, say("at_desk"))));
}

// ---- the map and its list

export function map(place, carried, grounds) {
  if (!grounds.length) { place.replaceChildren(nothing("map-2", say("no_map"), say("no_map_then"))); return; }
  place.replaceChildren(...grounds.flatMap((ground) => {
    const grid = ground.features.find((one) => one.properties.kind === "grid");
    const here = carried.tasks.filter((one) => one.grid === grid.properties.id);
    const pins = here.map((one, n) => ({ lon: one.lon, lat: one.lat, label: String(n + 1), tone: nextDue(one) && at(nextDue(one).due) < now() ? "late" : one.kind }));
    const box = sketch(ground, { pins, label: say("map_with", { name: grid.properties.name, n: here.length }) });
    const said = el("p.where__said", { "aria-live": "polite" });
    return [el("h2.pocket__group", {}, grid.properties.name), box,
      el("p.buttons", {}, button(say("where_am_i"), "current-location", async () => { said.textContent = say("locating"); try { const me = await whereAmI(); box.show(me.lon, me.lat); said.textContent = me.metres > 50 ? say("roughly", { n: me.metres }) : ""; } catch (fault) { said.textContent = fault.message; } })), said,
      el("ol.rows.pocket__rows.pocket__numbered", {}, here.map((one) => el("li", {}, el("a.rows__title", { href: `#task-${one.id}` }, one.title), el("div.rows__meta", {}, line(one.place || one.area), due(one)))))];
  }));
}

// ---- what waits to be sent

const verbs = () => ({ report: say("v_report"), verify: say("v_verify"), accept: say("v_accept"), answer: say("v_answer"), visit: say("v_visit"), note: say("v_note") });

export async function out(place, said, items, sent, acts) {
  const refused = items.filter((one) => one.state !== "waiting").length;
  said.textContent = items.length ? say("still_here", { n: items.length }) : say("all_sent");
  const rows = await Promise.all(items.map((one) => card(one, acts)));
  const drafts = (await store.draftNames()).length;
  const nodes = [];
  if (items.some((one) => one.state === "waiting")) nodes.push(el("p.buttons", {}, button(say("send_now"), "send", acts.send, "button--primary")));
  if (refused) nodes.push(el("p.strong.soon-text", {}, say("needs_you", { n: refused })));
  if (rows.length) nodes.push(el("ul.pocket__cards", {}, rows));
  if (drafts) nodes.push(el("p.soft", {}, say("drafts_n", { n: drafts })));
  if (sent.length) nodes.push(el("h2.pocket__group", {}, say("sent_today")), el("ul.rows.pocket__rows", {}, sent.map((one) => el("li", {}, el("span.rows__title", {}, icon("circle-check"), " ", `${verbs()[one.verb]}：${one.title}`), el("div.rows__meta", {}, el("span.mono", {}, one.number), el("span", {}, say("arrived_at", { time: moment(one.at) })), line(one.unit), one.code && el("span", {}, say("code", { code: one.code.match(/.{4}/g).join("-") })))))));
  place.replaceChildren(...nodes);
}

async function card(item, acts) {
  const said = await store.unseal(item.sealed);
  const reply = item.reply ? await store.unseal(item.reply) : {};
  const photos = await store.photos(`item:${item.key}`);
  const seen = say("done_at", { time: moment(item.seen + (item.offset ?? 0)) });
  const words = said.description ?? said.text ?? "";
  const head = el("div.row.row--between", {}, el("p.strong.mb-0", {}, verbs()[item.verb ?? "report"], said.title ? `：${said.title}` : ""), item.state === "waiting" ? chip(say(item.tries ? "w_retry" : "w_waiting"), "waiting") : chip(say(item.state === "conflict" ? "w_conflict" : "w_stuck"), "soon"));
  const body = [words && el("p.clip-2.mb-1", {}, words), photos.length && el("p.soft.small.mb-1", {}, say("photos_n", { n: photos.length, size: size(photos.reduce((sum, one) => sum + one.size, 0)) })), el("p.soft.small", {}, seen)];
  const drop = twice(say("discard"), "trash", say(item.tries && item.state === "waiting" ? "discard_maybe" : "discard_sure"), say("discard_yes"), async () => { await store.drop(item.key); toast(say("discarded")); });
  const press = [];
  if (item.state === "waiting") {
    if (reply.message) body.push(el("p.soft.small", {}, reply.message));
    press.push(drop);
  } else if (reply.code === "emergency") {
    const number = (reply.fields.emergency ?? [])[0] ?? "110";
    body.push(el("div.alarm", {}, el("p", {}, reply.help), el("a.alarm__call", { href: `tel:${number}` }, icon("phone"), say("call", { number }))));
    press.push(button(say("called_send"), "send", () => acts.again(item, { ...said, emergency_acknowledged: true }), "button--primary"), drop);
  } else if (item.state === "conflict") {
    body.push(el("div.notice.notice--soon", {}, el("div", {}, el("p.strong", {}, reply.message), (reply.changes ?? []).length ? el("ul.pocket__changes", {}, reply.changes.map((one) => el("li", {}, el("b", {}, one.head), ` ${one.by} · ${moment(at(one.at))}`, one.text && el("p.mb-0", {}, one.text)))) : null, reply.state && el("p.mb-0", {}, say("stands_now", { state: reply.state })))));
    if (reply.possible) press.push(button(say("send_anyway"), "send", () => acts.again(item, said, reply.version), "button--primary"));
    else body.push(el("p", {}, say("not_possible")));
    if (reply.may_note && item.verb !== "note" && (said.text || photos.length)) press.push(button(say("as_note"), "edit", () => acts.asNote(item, said)));
    press.push(drop);
  } else {
    const sentences = Object.values(reply.fields ?? {}).flat();
    body.push(el("div.notice.notice--late", {}, el("div", {}, el("p.strong", {}, reply.message), ...(sentences.length ? sentences : [reply.help]).filter((one) => one && one !== reply.message).map((one) => el("p.mb-0", {}, one)))));
    press.push(button(say("mend"), "edit", () => acts.mend(item), "button--primary"), button(say("again"), "refresh", () => acts.again(item, said)), drop);
  }
  return el("li.card", { "data-item": item.key }, head, ...body.filter(Boolean), el("div.buttons", {}, press));
}

// ---- the device

export async function device(place, state, acts) {
  const estimate = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  const safe = (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
  const [items, drafts] = await store.counted();
  const facts = [
    [say("d_kept"), say("d_kept_n", { items, drafts })],
    [say("d_fetched"), state.fetched ? moment(state.fetched + (state.offset ?? 0)) : say("d_never")],
    [say("d_room"), estimate.quota ? say("d_room_n", { used: size(estimate.usage ?? 0), free: size(estimate.quota - (estimate.usage ?? 0)) }) : "—"],
    [say("d_safe"), safe ? say("d_safe_yes") : say("d_safe_no")],
    [say("d_clock"), Math.abs(state.offset ?? 0) > 12e4 ? state.clock : say("d_clock_right")],
  ];
  const unsent = items + drafts;
  place.replaceChildren(
    el("dl.facts.card", {}, facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("p.buttons", {}, button(say("refresh"), "refresh", acts.refresh), safe ? null : button(say("make_safe"), "lock", acts.persist), acts.install ? button(say("install"), "device-mobile", acts.install) : null),
    acts.install ? "" : el("p.soft.small", {}, say("install_how")),
    el("section.section", {}, el("h2", {}, say("leave")), el("p.soft", {}, say("leave_what")), unsent ? el("p.strong.late-text", {}, say("leave_unsent", { items, drafts })) : "",
      el("div.buttons", {}, unsent ? button(say("send_now"), "send", acts.send, "button--primary") : "", unsent ? twice(say("leave"), "logout", say("leave_lose", { items, drafts }), say("leave_yes"), acts.leave) : button(say("leave"), "logout", acts.leave))),
  );
}

// ---- the session is over

export async function locked(place, acts) {
  const [items, drafts] = await store.counted();
  place.replaceChildren(el("p", {}, items + drafts ? say("locked_kept", { items, drafts }) : say("locked_empty")), el("p.buttons", {}, el("a.button.button--primary.button--large", { href: "/sign-in/staff/?next=/pocket/" }, icon("login"), el("span", {}, say("sign_in")))), items + drafts ? el("div", {}, el("p.soft", {}, say("locked_other")), twice(say("clear"), "trash", say("clear_sure", { items, drafts }), say("clear_yes"), acts.clear)) : "");
}

// The questions of a category, asked once the words (or the choice) tell which category it is.
// <div data-questions="/report/questions/" data-questions-of="id_description" data-questions-with="topic guess">
// What was answered stays as long as the category stays the same.
function watch(box) {
  if (box.dataset.questionsWatched) return;
  box.dataset.questionsWatched = "1";
  const words = document.getElementById(box.dataset.questionsOf ?? "");
  const form = box.closest("form");
  const names = (box.dataset.questionsWith ?? "").split(" ").filter(Boolean);
  let last = "";
  let timer;
  const ask = async () => {
    const said = new FormData(form);
    const asked = new URLSearchParams({ text: [...(words?.value ?? "")].slice(0, 240).join("") });
    for (const name of names) if (said.get(name)) asked.set(name, said.get(name));
    if (asked.toString() === last) return;
    last = asked.toString();
    try {
      const answer = await fetch(`${box.dataset.questions}?${asked}`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (!answer.ok) return;
      const html = answer.status === 204 ? "" : (await answer.text()).trim();
      const fresh = document.createElement("template");
      fresh.innerHTML = html;
      const now = box.querySelector("[data-asks-of]")?.dataset.asksOf ?? "";
      const next = fresh.content.querySelector("[data-asks-of]")?.dataset.asksOf ?? "";
      const begun = [...box.querySelectorAll("input")].some((i) => (i.type === "radio" ? i.checked : i.type !== "hidden" && i.value));
      if (now === next || (begun && !next)) return;
      box.replaceChildren(fresh.content);
    } catch { /* a slow line is no reason to disturb someone who is writing */ }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(ask, 900); };
  words?.addEventListener("input", soon);
  form?.addEventListener("change", (event) => { if (!box.contains(event.target)) soon(); });
  if (words?.value) soon();
  // where the form lies folded, nothing is asked before it is opened
  if (box.dataset.questionsNow !== undefined) box.closest("details")?.addEventListener("toggle", soon);
}

const start = (root) => { for (const box of root.querySelectorAll("[data-questions]")) watch(box); };
start(document);
document.addEventListener("htmx:load", (event) => start(event.target));

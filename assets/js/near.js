// "Others have said so": while someone writes, ask for near reports and show the fragment the server answers.
// Use: <div class="near" data-near="/near/" data-near-of="id_text" data-near-with="id_lon id_lat" aria-live="polite"></div>
for (const box of document.querySelectorAll("[data-near]")) {
  const source = document.getElementById(box.dataset.nearOf);
  const others = (box.dataset.nearWith ?? "").split(" ").map((id) => document.getElementById(id)).filter(Boolean);
  if (!source) continue;
  const least = Number(box.dataset.nearLeast ?? 6);
  let timer, going, last = "";
  const ask = async () => {
    const words = source.value.trim();
    if ([...words].length < least) { box.replaceChildren(); last = ""; return; }
    // A Chinese character is nine bytes of an address, and servers refuse addresses above some four thousand.
    const asked = new URLSearchParams({ text: [...words].slice(0, 240).join("") });
    for (const o of others) if (o.value) asked.set(o.name, [...o.value].slice(0, 100).join(""));
    if (asked.toString() === last) return;
    last = asked.toString();
    going?.abort();
    going = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.near}?${asked}`, { signal: going.signal, headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (!answer.ok) return;
      const html = answer.status === 204 ? "" : await answer.text();
      box.innerHTML = html.trim();
      window.htmx?.process(box);
      box.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true })); // small comforts (live.js) begin in it
    } catch { /* a slow line is no reason to disturb someone who is writing */ }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(ask, 700); };
  source.addEventListener("input", soon);
  for (const o of others) o.addEventListener("change", soon);
  if (source.value) soon();
}

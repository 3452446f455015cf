// "Use as a draft": puts a likely answer into a field of a step's form, opens that form, and leaves the words to be edited.
// <button data-fill="answer_text" data-fill-text="…" data-filled="…">; words already there stay, the draft follows them.
if (!window.gongzhiFills) {
  window.gongzhiFills = true;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-fill]");
    const field = button && document.getElementById(button.dataset.fill);
    if (!field) return;
    event.preventDefault();
    const words = button.dataset.fillText;
    if (!field.value.includes(words)) field.value = field.value.trim() ? `${field.value.trimEnd()}\n\n${words}` : words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const form = field.closest("details");
    if (form) form.open = true;
    // on a phone the form is another pane
    field.scrollIntoView({ block: "center", inline: "start" });
    field.focus({ preventScroll: true });
    field.setSelectionRange(0, 0);
    field.scrollTop = 0;
    document.dispatchEvent(new CustomEvent("gongzhi:toast", { detail: { text: button.dataset.filled } }));
  });
}

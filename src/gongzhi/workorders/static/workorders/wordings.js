// A wording put into the field it belongs to: appended when something has been written already.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-wording]");
  if (!button) return;
  const field = button.closest("form")?.querySelector(`[name="${button.dataset.wordingFor}"]`);
  if (!field) return;
  field.value = field.value.trim() ? `${field.value.trimEnd()}\n${button.dataset.wording}` : button.dataset.wording;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

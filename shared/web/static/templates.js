// <select data-into="id of a text area">: choosing a template adds its text there, below what is written.
for (const select of document.querySelectorAll("select[data-into]")) {
  const area = document.getElementById(select.dataset.into);
  if (!area) continue;
  select.closest(".fill").querySelector("button").remove();
  select.addEventListener("change", () => {
    const text = select.selectedOptions[0].dataset.text;
    if (!text) return;
    area.value = [area.value.trimEnd(), text].filter(Boolean).join("\n\n");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    select.value = "";
  });
}

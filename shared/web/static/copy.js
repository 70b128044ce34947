// <form data-black-out>: a tick writes what stands instead (data-instead) into the text at once, and no tick writes it
// back. Without scripts the server does so when the copy is kept.
"use strict";

for (const form of document.querySelectorAll("form[data-black-out]")) {
  const area = form.elements.text;
  form.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.dataset.instead) return;
    if (box.checked) {
      box.times = area.value.split(box.value).length - 1;
      area.value = area.value.replaceAll(box.value, box.dataset.instead);
    } else {
      for (; box.times > 0; box.times -= 1) area.value = area.value.replace(box.dataset.instead, () => box.value);
    }
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

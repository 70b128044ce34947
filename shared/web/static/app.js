// Makes forms nicer. Every page works without it; texts come from data- attributes.
"use strict";

const language = document.documentElement.lang || "tr";
const dirty = new WeakSet(); // forms with unsaved changes

// The time of day as it stands in a sentence. In Turkish it has an ending, which follows its last word: 21.52'de.
const LOCATIVE = { 3: "te", 4: "te", 5: "te", 6: "da", 9: "da", 10: "da", 30: "da", 40: "ta", 0: "da" };
const timeInWords = (at) => {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [at.getHours(), at.getMinutes()];
  if (language !== "tr") return `${two(hours)}:${two(minutes)}`;
  const last = minutes || hours;
  return `${two(hours)}.${two(minutes)}'${LOCATIVE[last % 10 || last] || "de"}`;
};

// <textarea data-limit="characters" data-count="id of the hint">: how many characters are left, or too many.
for (const field of document.querySelectorAll("[data-limit]")) {
  const hint = document.getElementById(field.dataset.count);
  if (!hint) continue;
  const number = new Intl.NumberFormat(language);
  const show = () => {
    const left = field.dataset.limit - [...field.value.trim()].length; // as the server counts
    const pattern = left < 0 ? hint.dataset.over : hint.dataset.left;
    hint.textContent = pattern.replace("{n}", number.format(Math.abs(left)));
    hint.classList.toggle("counter-low", left < field.dataset.limit / 20);
    if ("whenOver" in hint.dataset) hint.hidden = left >= 0;
  };
  field.addEventListener("input", show);
  if (field.value) show();
}

// <form data-guard>: ask before leaving with unsaved changes.
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form && event.target.name) dirty.add(form);
});
addEventListener("beforeunload", (event) => {
  if ([...document.querySelectorAll("form[data-guard]")].some((form) => dirty.has(form))) event.preventDefault();
});

// Every form that posts: a second click does nothing. The button is disabled after the browser has read the form,
// because a disabled button would not be sent; coming back by the back button wakes it up.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  dirty.delete(form);
  setTimeout(() => {
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
  });
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = false;
  }
});

// <form data-autosave="/url">: keep a draft a few seconds after the last key. The server answers 204; anything else,
// a redirect to the sign-in page included, means that nothing was kept.
for (const form of document.querySelectorAll("form[data-autosave]")) {
  const status = form.querySelector("[data-autosave-status]");
  let timer = 0;
  const save = async () => {
    if (form.dataset.sent) return;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    dirty.delete(form); // what is typed from here on is dirty again
    let saved = false;
    let overtaken = false; // somebody else has saved another text: [data-autosave-both] leads to both
    let refused = ""; // why the server did not take it, in words
    try {
      const signal = AbortSignal.timeout(10000);
      const headers = { Accept: "application/json" };
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, headers, signal, redirect: "manual" });
      saved = answer.ok;
      overtaken = answer.status === 409;
      if (answer.headers.get("content-type")?.startsWith("text/plain")) refused = await answer.text();
    } catch {
      saved = false;
    }
    for (const both of form.querySelectorAll("[data-autosave-both]")) both.hidden = !overtaken;
    if (!saved) {
      dirty.add(form);
      clearTimeout(timer);
      if (!refused) timer = setTimeout(save, 15000);
    }
    if (status && refused) {
      status.textContent = refused;
      status.classList.add("autosave-failed");
      return;
    }
    if (!status) return;
    const said = saved ? status.dataset.saved : status.dataset.failed;
    status.textContent = said.replace("{time}", timeInWords(new Date()));
    status.classList.toggle("autosave-failed", !saved);
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 2500);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

// <button data-copy="text" data-copied="Copied" hidden>: only where the browser can copy.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const label = button.querySelector("[data-copy-label]") || button;
  const before = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    label.textContent = button.dataset.copied;
    setTimeout(() => { label.textContent = before; }, 3000);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// What is folded away is printed too.
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details.disclosure:not([open])")];
  for (const details of unfolded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of unfolded) details.open = false;
});

// <form data-fill="name of a text area">: choosing one of the form's radio buttons writes its hint there, unless
// something else was typed.
for (const form of document.querySelectorAll("form[data-fill]")) {
  const area = form.elements[form.dataset.fill];
  const hints = [...form.querySelectorAll("input[type=radio]")].map((radio) => document.getElementById(`${radio.id}-about`));
  form.addEventListener("change", (event) => {
    const written = area.value.trim();
    const hint = document.getElementById(`${event.target.id}-about`);
    if (!hints.includes(hint) || (written && !hints.some((other) => other.textContent === written))) return;
    area.value = hint.textContent;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// <input data-narrow hidden> above a list of choices: show the choices that contain what is typed, and say how many there
// are; Enter takes the only one. Folds İ, I, ı, i and diacritics, so that "ogrenci" finds "Öğrenci".
const fold = (text) => text.toLocaleLowerCase("tr").normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ı", "i");
for (const input of document.querySelectorAll("[data-narrow]")) {
  const choices = [...input.parentElement.querySelectorAll(".choice")];
  const status = input.parentElement.querySelector("[data-narrow-left]");
  const box = (choice) => choice.querySelector("input");
  const matching = () => choices.filter((choice) => fold(choice.textContent).includes(fold(input.value.trim())));
  const narrow = () => {
    const found = matching();
    for (const choice of choices) choice.hidden = !box(choice).checked && !found.includes(choice);
    status.textContent = input.value.trim() ? status.dataset.narrowLeft.replace("{n}", found.length) : "";
  };
  input.hidden = false;
  input.addEventListener("input", narrow);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // typing here is not answering
    const found = matching();
    if (found.length !== 1 || box(found[0]).checked) return;
    box(found[0]).checked = true;
    box(found[0]).dispatchEvent(new Event("change", { bubbles: true }));
    input.value = "";
    narrow();
  });
}

// <div data-chosen="name">: names what is ticked under this name.
for (const chosen of document.querySelectorAll("[data-chosen]")) {
  const show = () => {
    const ticked = [...document.querySelectorAll(`input[name="${chosen.dataset.chosen}"]:checked`)];
    chosen.querySelector("ul").replaceChildren(...ticked.map((input) => {
      const name = document.createElement("li");
      name.textContent = input.labels[0].textContent;
      return name;
    }));
  };
  chosen.setAttribute("aria-live", "polite");
  chosen.closest("form").addEventListener("change", show);
  addEventListener("pageshow", show); // the browser may tick again what was ticked
}

// <details data-menu>: closes on Escape and on a click elsewhere.
for (const menu of document.querySelectorAll("details[data-menu]")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

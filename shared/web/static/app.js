// Makes forms nicer. Every page works without it; texts come from data- attributes.
"use strict";

const language = document.documentElement.lang || "tr";
const dirty = new WeakSet(); // forms with unsaved changes

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
    try {
      const signal = AbortSignal.timeout(10000);
      const headers = { Accept: "application/json" };
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, headers, signal, redirect: "manual" });
      saved = answer.ok;
    } catch {
      saved = false;
    }
    if (!saved) {
      dirty.add(form);
      clearTimeout(timer);
      timer = setTimeout(save, 15000);
    }
    if (!status) return;
    const time = new Date().toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
    status.textContent = saved ? status.dataset.saved.replace("{time}", time) : status.dataset.failed;
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

// <input data-narrow hidden> above a list of choices: show the choices that contain what is typed.
// Folds İ, I, ı, i and diacritics, so that "ogrenci" finds "Öğrenci".
const fold = (text) => text.toLocaleLowerCase("tr").normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ı", "i");
for (const input of document.querySelectorAll("[data-narrow]")) {
  const choices = [...input.parentElement.querySelectorAll(".choice")];
  input.hidden = false;
  input.addEventListener("input", () => {
    const wanted = fold(input.value.trim());
    for (const choice of choices) {
      choice.hidden = !choice.querySelector("input").checked && !fold(choice.textContent).includes(wanted);
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // typing here is not answering
  });
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

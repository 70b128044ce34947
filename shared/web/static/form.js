// The public form: a draft that only this browser keeps, and fields that belong to one kind. It works without this.
"use strict";

const WEEK = 7 * 24 * 60 * 60 * 1000;
const NEVER = new Set(["notice", "csrf", "once", "step", "switch"]); // consent is given anew, the rest is the page's own

// In the page of somebody else nothing is kept: its visitors do not know that they are also here.
const framedByOthers = () => {
  if (window === window.top) return false;
  try {
    return window.top.location.origin !== location.origin;
  } catch {
    return true;
  }
};

// null where nothing can be kept: storage is blocked, or full.
const storage = (() => {
  if (framedByOthers()) return null;
  try {
    localStorage.setItem("draft-test", "");
    localStorage.removeItem("draft-test");
    return localStorage;
  } catch {
    return null;
  }
})();

const keyOf = (name) => `draft:${name}`;
const drop = (name) => storage?.removeItem(keyOf(name));
const load = (name) => {
  try {
    const draft = JSON.parse(storage.getItem(keyOf(name)));
    if (draft && Date.now() - draft.at < WEEK) return draft;
  } catch {
    // not ours, or from another version
  }
  drop(name);
  return null;
};
const store = (name, draft) => {
  try {
    storage.setItem(keyOf(name), JSON.stringify(draft));
  } catch {
    // full: the page still has it
  }
};

const kept = (form) => [...form.elements].filter((field) => (
  field.name && !NEVER.has(field.name) && !["hidden", "file", "submit", "button"].includes(field.type)
));
const valuesOf = (form) => {
  const values = {};
  for (const field of kept(form)) {
    if (["radio", "checkbox"].includes(field.type)) {
      if (field.checked) values[field.name] = field.value;
    } else if (field.value.trim()) values[field.name] = field.value;
  }
  return values;
};
const fill = (form, values) => {
  for (const field of kept(form)) {
    const value = values[field.name];
    if (value === undefined) continue;
    if (["radio", "checkbox"].includes(field.type)) field.checked = field.value === value;
    else if (field.tagName !== "SELECT" || [...field.options].some((option) => option.value === value)) field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  form.dispatchEvent(new Event("change"));
};

// <form data-draft="name">: kept while it is typed. With data-draft-fresh, the page holds nothing yet: the draft comes back.
for (const form of storage ? document.querySelectorAll("form[data-draft]") : []) {
  const name = form.dataset.draft;
  const notice = form.querySelector("[data-draft-notice]");
  let timer = 0;
  const keep = () => {
    clearTimeout(timer);
    const values = valuesOf(form);
    if (Object.keys(values).length) store(name, { at: Date.now(), values });
    else drop(name);
  };
  if (notice) { // the form itself; its preview has hidden fields alone
    const draft = load(name);
    if (!("draftFresh" in form.dataset)) keep();
    else if (draft) {
      fill(form, draft.values);
      notice.hidden = false;
    }
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(keep, 400);
    });
    form.addEventListener("change", keep);
    addEventListener("pagehide", () => { if (timer) keep(); });
    notice.querySelector("[data-draft-discard]").addEventListener("click", () => {
      clearTimeout(timer);
      form.reset();
      form.dispatchEvent(new Event("change"));
      for (const field of kept(form)) field.dispatchEvent(new Event("input"));
      clearTimeout(timer);
      timer = 0;
      drop(name);
      notice.hidden = true;
      form.querySelector("input:not([type=hidden])").focus();
    });
  }
  // What is being sent is forgotten by the page that says it has arrived, not before.
  form.addEventListener("submit", (event) => {
    const draft = event.submitter?.value === "send" && load(name);
    if (draft) store(name, { ...draft, sent: true });
  });
}

// The page after sending: what was sent goes; what was begun since, in another window, stays.
for (const page of storage ? document.querySelectorAll("[data-draft-sent]") : []) {
  if (load(page.dataset.draftSent)?.sent) drop(page.dataset.draftSent);
}

// <div data-when-kind="kind">: its fields are shown while this kind is chosen.
for (const part of document.querySelectorAll("[data-when-kind]")) {
  const form = part.closest("form");
  const show = () => { part.hidden = form.querySelector("[name=kind]:checked")?.value !== part.dataset.whenKind; };
  form.addEventListener("change", show);
  addEventListener("pageshow", show); // the browser may choose again what was chosen
  show();
}

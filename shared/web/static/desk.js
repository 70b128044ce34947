// Keys and the preview of the desk. Every page works without it.
"use strict";

const rows = [...document.querySelectorAll(".inbox .row-link")];
const keysHelp = document.querySelector("[data-keys-help]");
const preview = document.querySelector("[data-preview]");
const chosenRow = () => rows.indexOf(document.activeElement);

const show = async (link) => {
  if (!preview || !link.dataset.case || !matchMedia("(min-width: 90rem)").matches) return;
  preview.dataset.case = link.dataset.case;
  const answer = await fetch(`/cases/${link.dataset.case}/preview`, { redirect: "error" }).catch(() => null);
  if (!answer?.ok || preview.dataset.case !== link.dataset.case) return;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html");
  preview.replaceChildren(...part.body.childNodes);
  preview.hidden = false;
};
for (const link of rows) link.addEventListener("focus", () => show(link));

const step = (by) => {
  const at = chosenRow();
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[next]?.focus();
  rows[next]?.scrollIntoView({ block: "nearest" });
};
const go = (selector) => {
  const link = document.querySelector(selector);
  link?.click();
  return link;
};
const enter = (selector) => {
  const field = document.querySelector(selector);
  field?.focus();
  return field;
};
const openAt = (place) => {
  const link = rows[Math.max(chosenRow(), 0)];
  if (link && (link.dataset.case || !place)) location.assign(`${link.pathname}${place}${link.search}`);
};
const filter = () => {
  const search = document.querySelector("input[type=search]:not([hidden])");
  const filters = document.getElementById("filters");
  if (!search && !filters) return;
  if (!search) filters.open = true;
  (search || filters.querySelector("select, input:not([type=hidden])")).focus();
};

const inList = {
  j: () => step(1),
  k: () => step(-1),
  o: () => openAt(""),
  x: () => rows[Math.max(chosenRow(), 0)]?.closest("tr").querySelector("input[type=checkbox]")?.click(),
  r: () => openAt("/routing"),
  c: () => openAt("/closure"),
  "/": filter,
};
// Into the form of an act where it is shown, else to the page that has it.
const act = (page, ...fields) => fields.some((field) => enter(`form[action$='/${page}'] ${field}`)) || go(`a[href$='/${page}']`);
const radio = ["input[type=radio]:checked", "input[type=radio]"];
const says = (what) => go(`form[action$='/reading']:has([value='${what}']) button`);
const inCase = {
  j: () => go("a.next-case, a[data-next]"),
  k: () => go("a[data-back]"),
  r: () => enter("#routing [data-narrow]"),
  c: () => act("closure", ...radio, "textarea"),
  a: () => (document.querySelector("form[action$='/approval'], a[href$='/approval']") ? act("approval", ...radio) : act("review", "textarea")),
  t: () => act("return", ...radio),
  b: () => act("copy", "[name=hidden]", "textarea"),
  q: () => act("questions", "textarea"),
  l: () => act("related", "button[value^='merge:']", "[name=reference]"),
  d: () => act("objection", ...radio),
  g: () => go("form[action$='/claim'] button"),
  u: () => go("a[href$='/closure?reason=spam']") || says("unwanted"),
  w: () => says("wanted"),
  m: () => says("looked_at"),
  "/": () => location.assign("/?view=new"),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("input[type=search]")) event.target.blur(); // the keys work again
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form?.id === "main-form") {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector("button.btn-primary[type=submit], button[type=submit]:not([name=look])"));
    return;
  }
  const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || keysHelp?.open) return;
  if (event.key === "?" && keysHelp) {
    event.preventDefault();
    keysHelp.showModal();
    return;
  }
  const does = (document.querySelector("[data-desk]") ? inList : inCase)[event.key];
  if (!does) return;
  event.preventDefault();
  does();
});
addEventListener("load", () => { if (location.hash === "#routing") enter("#routing [data-narrow]"); }); // with r in the list

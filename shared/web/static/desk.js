// Keys and the preview of the desk. Every page works without it.
"use strict";

const rows = [...document.querySelectorAll(".inbox .row-link")];
const keysHelp = document.querySelector("[data-keys-help]");
const preview = document.querySelector("[data-preview]");
const chosenRow = () => rows.indexOf(document.activeElement);

const show = async (link) => {
  if (!preview || !matchMedia("(min-width: 90rem)").matches) return;
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
  if (link) link.click();
};
const enter = (selector) => {
  const field = document.querySelector(selector);
  field?.focus();
  return field;
};
const openAt = (place) => {
  const link = rows[Math.max(chosenRow(), 0)];
  if (link) location.assign(`${link.pathname}${place}${link.search}`);
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
const inCase = {
  j: () => go("a.next-case, a[data-next]"),
  k: () => go("a[data-back]"),
  r: () => enter("#routing [data-narrow]"),
  c: () => enter("form[action$='/closure'] input[type=radio], form[action$='/closure'] textarea") || go('a[href$="/closure"]'),
  a: () => enter("form[action$='/review'] textarea") || go('a[href$="/review"]'),
  "/": () => location.assign("/?view=new"),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("input[type=search]")) event.target.blur(); // the keys work again
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form?.id === "main-form") {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector("button[type=submit]"));
    return;
  }
  const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || keysHelp?.open) return;
  if (event.key === "?" && keysHelp) {
    event.preventDefault();
    keysHelp.showModal();
    return;
  }
  const act = (document.querySelector("[data-desk]") ? inList : inCase)[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
addEventListener("load", () => { if (location.hash === "#routing") enter("#routing [data-narrow]"); }); // with r in the list

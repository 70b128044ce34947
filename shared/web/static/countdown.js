// <p data-countdown="seconds" data-text="… {n} …" data-over="…">: counts down; in the end, the form beside it goes.
"use strict";

for (const line of document.querySelectorAll("[data-countdown]")) {
  const end = performance.now() + 1000 * line.dataset.countdown;
  const form = line.parentElement.querySelector("form");
  const timer = setInterval(() => {
    const left = Math.ceil((end - performance.now()) / 1000);
    line.textContent = left > 0 ? line.dataset.text.replace("{n}", left) : line.dataset.over;
    if (left > 0) return;
    clearInterval(timer);
    form?.remove();
  }, 1000);
}
// A page that the browser kept does not know what has happened since.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// <input type="hidden" name="proof" data-proof="/challenge" data-worker="/solver.js">: computes a proof of work while
// the person types. Without it the server asks to confirm the message, so whatever fails here stops nobody.
"use strict";

for (const field of document.querySelectorAll("input[data-proof]")) {
  const form = field.form;
  const status = form.querySelector(".proof-status");
  let solving = null;

  // Whether the solution can be sent for another minute, by this device's clock.
  const fresh = () => {
    try {
      return JSON.parse(atob(field.value)).challenge.parameters.expiresAt * 1000 > Date.now() + 60000;
    } catch {
      return false;
    }
  };
  const solve = async () => {
    const answer = await fetch(field.dataset.proof);
    const challenge = await answer.json();
    const worker = new Worker(field.dataset.worker);
    try {
      const solution = await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => (data?.derivedKey ? resolve(data) : reject(new Error("no solution")));
        worker.onerror = reject;
        worker.postMessage({ type: "work", challenge });
      });
      field.value = btoa(JSON.stringify({ challenge, solution }));
    } finally {
      worker.terminate();
    }
  };
  const begin = () => {
    solving ??= solve().catch(() => {}).finally(() => { solving = null; });
    return solving;
  };
  form.addEventListener("input", () => { if (!fresh()) begin(); });
  if (!fresh() && ![...form.querySelectorAll("textarea")].some((area) => !area.value)) begin(); // nothing left to type

  // Sent before the solution is there: wait for it, for twenty seconds at most, then send what there is.
  let waited = false;
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    const onTheWay = button?.formNoValidate || (button?.name === "step" && button.value !== "send"); // not sent yet
    if (event.defaultPrevented || onTheWay || waited || fresh()) return;
    event.preventDefault();
    status.textContent = status.dataset.working;
    const patience = new Promise((resolve) => { setTimeout(resolve, 20000); });
    Promise.race([begin(), patience]).then(() => {
      waited = true;
      form.requestSubmit(event.submitter);
    });
  });
  addEventListener("pageshow", () => { waited = false; status.textContent = ""; });
}

// <form data-letter="ids">: shows in these places what the server makes of the form, a little after the last key.
"use strict";

for (const form of document.querySelectorAll("form[data-letter]")) {
  let timer = 0;
  let latest = 0;
  const show = async () => {
    const number = ++latest;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    body.append("look", "yes");
    try {
      const signal = AbortSignal.timeout(10000);
      const answer = await fetch(form.action, { method: "POST", body, signal, redirect: "manual" });
      const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
      if (!page || number !== latest) return;
      for (const id of form.dataset.letter.split(" ")) {
        const [here, there] = [document.getElementById(id), page.getElementById(id)];
        if (here && there && here.innerHTML !== there.innerHTML) here.replaceChildren(...there.childNodes);
      }
    } catch {
      // the button shows it as well
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 700);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

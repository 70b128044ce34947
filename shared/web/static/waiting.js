// A page on which something is being made loads again when it is ready. Without it, a link does.
"use strict";

const look = async () => {
  const answer = await fetch(location.href, { redirect: "error" }).catch(() => null);
  const text = answer?.ok ? await answer.text() : "data-waiting";
  if (new DOMParser().parseFromString(text, "text/html").querySelector("[data-waiting]") || !answer?.ok) {
    setTimeout(look, 2000);
  } else {
    location.reload();
  }
};
if (document.querySelector("[data-waiting]")) setTimeout(look, 2000);

// The mail queue stays fresh while somebody looks at it. Without scripts, the page is loaded again.
const EVERY = 20_000;
setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { live: "1" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-fresh]");
  const shown = document.querySelector("[data-fresh]");
  if (!fresh || shown.contains(document.activeElement) || shown.innerHTML === fresh.innerHTML) return;
  shown.replaceChildren(...document.adoptNode(fresh).childNodes);
}, EVERY);

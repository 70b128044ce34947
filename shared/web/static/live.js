// News without reloading. This file is two things: the page's script, and the shared worker that holds one stream of
// server-sent events for all tabs of a browser. Without shared workers or a stream, a page asks every 30 seconds.
const ASKED = 30_000;
const SEEN = 15_000;
const TYPING = 30_000;
const PAUSE = 3_000;

if (typeof document === "undefined") {
  const ports = new Set();
  let source = null;
  let streaming = false;
  const tell = (said) => ports.forEach((port) => port.postMessage(said));
  const open = () => {
    if (source || !ports.size) return;
    source = new EventSource("/live");
    source.onopen = () => { streaming = true; tell({ streaming }); };
    source.onmessage = (event) => tell({ streaming: true, news: JSON.parse(event.data) });
    source.onerror = () => {
      const before = streaming;
      streaming = false;
      tell({ streaming });
      if (source.readyState !== EventSource.CLOSED) return;  // the browser tries again by itself
      source = null;
      setTimeout(open, (before ? 1_000 : 30_000) + Math.random() * 2_000);
    };
  };
  self.onconnect = ({ ports: [port] }) => {
    ports.add(port);
    port.onmessage = () => {
      ports.delete(port);
      if (ports.size || !source) return;
      source.close();
      source = null;
      streaming = false;
    };
    port.postMessage({ streaming });
    open();
  };
} else {
  const here = document.querySelector("[data-live]");
  const about = here ? (here.dataset.live === "case" ? ofCase(here) : ofList(here)) : null;
  if (about) listen(about, document.currentScript.src);
}

// `about`: ask() asks the server now, hear(news) takes what a stream says, leave() says that the page is closed.
function listen(about, address) {
  let streaming = false;
  let port = null;
  const connect = () => {
    if (!("SharedWorker" in window)) return;
    port = new SharedWorker(address, "live").port;
    port.onmessage = ({ data }) => {
      if (data.streaming && !streaming) about.ask();  // what happened before the stream was open
      streaming = data.streaming;
      if (data.news) about.hear(data.news);
    };
  };
  connect();
  about.ask();
  setInterval(() => streaming || document.hidden || about.ask(), ASKED);
  document.addEventListener("visibilitychange", () => document.hidden || about.ask());
  addEventListener("pagehide", () => { port?.postMessage("bye"); about.leave?.(); });
  addEventListener("pageshow", (event) => event.persisted && (connect(), about.ask()));
}

function ofCase(here) {
  const { case: id, csrf } = here.dataset;
  const address = `/cases/${encodeURIComponent(id)}/presence`;
  let typedAt = 0;
  let newest = Number(here.dataset.revision);
  const writing = () => Date.now() - typedAt < TYPING;
  const body = (doing) => new URLSearchParams({ csrf, doing });
  const show = (people) => {
    const lines = people.filter((one) => one.id !== here.dataset.self).map((one) => {
      const line = document.createElement("li");
      line.textContent = (one.writing ? here.dataset.writing : here.dataset.looking).replace("{name}", one.name);
      return line;
    });
    const list = here.querySelector("[data-people]");
    const said = lines.map((line) => line.textContent).join("\n");
    if (said !== list.dataset.said) list.replaceChildren(...lines);  // or a screen reader says it every time
    list.dataset.said = said;
    list.hidden = !lines.length;
  };
  const revised = (revision) => {
    if (revision <= newest) return;
    newest = revision;
    here.querySelector("[data-changed]").hidden = false;
  };
  const ask = async () => {
    const doing = writing() ? "writes" : "looks";
    const headers = doing === "writes" ? {} : { live: "1" };
    const answer = await fetch(address, { method: "POST", body: body(doing), headers }).catch(() => null);
    if (!answer?.ok) return;
    const told = await answer.json();
    revised(told.revision);
    show(told.people);
  };
  document.addEventListener("input", (event) => {
    if (!event.target.closest("form[method=post]")) return;
    const before = writing();
    typedAt = Date.now();
    if (!before) ask();
  });
  setInterval(() => document.hidden || ask(), SEEN);
  return {
    ask,
    hear: (news) => {
      revised(news.changed[id] ?? 0);
      show(news.people[id] ?? []);
      if (news.many) ask();
    },
    leave: () => navigator.sendBeacon(address, body("leaves")),
  };
}

function ofList(here) {
  const links = (page) => [...page.querySelectorAll("a.row-link")].map((link) => new URL(link.href).pathname);
  const shown = new Set(links(document));
  let waiting = null;
  let askedAt = 0;
  const ask = async () => {
    waiting = null;
    askedAt = Date.now();
    const answer = await fetch(location.href, { headers: { live: "1" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const counts = document.querySelectorAll("[data-live-counts]");
    const fresh = page.querySelectorAll("[data-live-counts]");
    counts.forEach((old, place) => {
      const other = fresh[place];
      if (!other || old.contains(document.activeElement) || old.innerHTML === other.innerHTML) return;
      old.replaceChildren(...document.adoptNode(other).childNodes);
    });
    const count = links(page).filter((link) => !shown.has(link)).length;
    here.hidden = !count;
    const said = (count === 1 ? here.dataset.one : here.dataset.many).replace("{n}", count);
    const link = here.querySelector("a");
    if (count && link.textContent !== said) link.textContent = said;
  };
  const soon = () => {
    waiting ??= setTimeout(ask, Math.max(askedAt + PAUSE - Date.now(), 300) + Math.random() * 500);
  };
  return { ask: soon, hear: (news) => (news.many || Object.keys(news.changed).length) && soon() };
}

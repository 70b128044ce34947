// <script src="https://hotline.example/embed.js" data-language="en" async></script> puts the hotline's form where it stands,
// in a frame that is as high as what it shows. Without data-language the form speaks the language of the page.
"use strict";

(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const language = script.dataset.language || document.documentElement.lang || "tr";
  const frame = document.createElement("iframe");
  frame.src = `${home}/?embedded=1&lang=${encodeURIComponent(language)}`;
  frame.title = script.dataset.title || new URL(home).host;
  frame.setAttribute("width", "100%");
  frame.setAttribute("height", "900");
  frame.setAttribute("frameborder", "0");

  let pages = 0;
  frame.addEventListener("load", () => {
    pages += 1;
    frame.contentWindow.postMessage("klu:size", home); // the frame answers to whom it is allowed to
    if (pages > 1) frame.scrollIntoView({ block: "start" }); // the next page begins at its top
  });
  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== home || source !== frame.contentWindow || !(data?.height > 0)) return;
    frame.setAttribute("height", String(Math.ceil(data.height)));
    if (!script.dataset.title) frame.title = String(data.title);
  });
  script.after(frame);
})();

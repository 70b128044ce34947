// <div data-upload="/files">: sends each chosen or dropped file at once, shows how far it is, and lists what is attached.
// Without this script the files go with the form. Texts come from data- attributes.
"use strict";

for (const field of document.querySelectorAll("[data-upload]")) {
  const input = field.querySelector("input[type=file]");
  const list = field.querySelector("[data-upload-list]");
  const errors = field.querySelector("[data-upload-errors]");
  const status = field.querySelector("[data-upload-status]");
  const mark = field.querySelector("input[name=uploaded]");
  const form = input.form;
  const texts = field.dataset;
  const running = new Set(); // requests on their way
  const say = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const number = (value) => new Intl.NumberFormat(texts.lang, { maximumFractionDigits: 1 }).format(value);
  const size = (bytes) => (bytes < 1024 * 1024 ? `${number(Math.max(1, Math.round(bytes / 1024)))} KB` : `${number(bytes / 1024 / 1024)} MB`);
  const inPercent = new Intl.NumberFormat(texts.lang, { style: "percent" });
  const tell = (text) => { status.textContent = text; };

  const complain = (text) => {
    const line = document.createElement("p");
    line.className = "field-error";
    line.textContent = text;
    errors.append(line);
  };

  const listed = () => {
    list.hidden = !list.children.length;
    mark.value = list.querySelector("[data-id], [name=remove_file]") ? "yes" : "";
  };

  const post = (url, fields, progress) => new Promise((resolve) => {
    const body = new FormData();
    body.append("csrf", texts.csrf);
    body.append("once", texts.once);
    if (texts.proof) body.append(texts.proof, form.elements[texts.proof].value);
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    const request = new XMLHttpRequest();
    running.add(request);
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    if (progress) request.upload.addEventListener("progress", (event) => progress(event.loaded / event.total));
    request.addEventListener("loadend", () => {
      running.delete(request);
      resolve(request);
    });
    request.send(body);
    if (fields.files) fields.files.request = request;
  });

  const row = (name, bytes) => {
    const item = document.createElement("li");
    item.className = "upload-file";
    const [title, length, bar, button] = ["span", "span", "progress", "button"].map((tag) => document.createElement(tag));
    title.className = "upload-name";
    title.textContent = name;
    length.className = "upload-size";
    length.textContent = size(bytes);
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    button.className = "btn btn-quiet";
    button.type = "button";
    button.textContent = texts.remove;
    button.setAttribute("aria-label", `${texts.remove}: ${name}`);
    item.append(title, length, bar, button);
    return { item, title, length, bar, button };
  };

  const remove = async (item, id, name) => {
    const answer = await post(`${texts.upload}/${id}/removal`, {});
    if (answer.status === 409) return complain(texts.sayStays);
    if (answer.status !== 204) return complain(answer.response?.error || say(texts.sayFailed, { name }));
    const next = item.nextElementSibling?.querySelector("button") || input;
    item.remove();
    listed();
    next.focus();
    tell(say(texts.sayRemoved, { name }));
  };

  const send = async (file) => {
    if (file.size > texts.largest * 1024 * 1024) return complain(say(texts.sayLarge, { name: file.name, most: texts.largest }));
    if (list.children.length >= texts.most) return complain(say(texts.sayMany, { name: file.name, most: texts.most }));
    const { item, title, length, bar, button } = row(file.name, file.size);
    list.append(item);
    list.hidden = false;
    button.addEventListener("click", () => (item.dataset.id ? remove(item, item.dataset.id, title.textContent) : file.request?.abort()));
    let told = 0;
    const answer = await post(texts.upload, { files: file }, (part) => {
      bar.value = part;
      const quarters = Math.floor(part * 4) / 4; // who hears the page hears four of these
      if (quarters <= told || quarters === 1) return;
      told = quarters;
      tell(say(texts.saySending, { name: file.name, percent: inPercent.format(told) }));
    });
    bar.remove();
    if (answer.status === 201) {
      list.querySelector(`[data-id="${answer.response.id}"]`)?.remove(); // the same bytes, chosen twice
      item.dataset.id = answer.response.id;
      title.textContent = answer.response.name;
      length.textContent = size(answer.response.size);
      tell(say(texts.sayDone, { name: answer.response.name }));
    } else {
      item.remove();
      complain(answer.response?.error || say(texts.sayFailed, { name: file.name }));
    }
    listed();
  };

  const take = async (files) => {
    errors.replaceChildren();
    for (const file of files) await send(file); // one after the other: the first is there soon
  };

  input.addEventListener("change", () => {
    const chosen = [...input.files];
    input.value = ""; // they do not go with the form again
    take(chosen);
  });

  // The button of the server sends the form: with scripts the file goes alone, and nothing else is sent.
  for (const button of list.querySelectorAll("[name=remove_file]")) {
    const item = button.closest("li");
    const name = item.querySelector(".upload-name").textContent;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      remove(item, button.value, name);
    });
  }

  form.addEventListener("submit", (event) => {
    if (!running.size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    errors.replaceChildren();
    complain(texts.sayWait);
  }, true);

  for (const type of ["dragenter", "dragover"]) {
    field.addEventListener(type, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      field.classList.add("upload-over");
    });
  }
  for (const type of ["dragleave", "drop"]) field.addEventListener(type, () => field.classList.remove("upload-over"));
  field.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
}

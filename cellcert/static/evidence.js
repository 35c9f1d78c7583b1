// Uploads with a bar, by drag and drop, tried again when the line breaks; a long file goes up in parts, and goes on where
// it broke off, also when the page was left and the same file is chosen again.  Without this file the form sends the files.
"use strict";

const WAITS = [1000, 3000, 9000]; // milliseconds before each new try
const PART = 1024 * 1024;
const LONG = 2 * PART; // bytes; a shorter file goes up in one piece

for (const block of document.querySelectorAll(".attach[data-upload]")) {
  const inputs = block.querySelectorAll("input[type=file]");
  const words = document.getElementById("upload-words").dataset;
  const token = block.closest("form").querySelector("input[name=csrf_token]");
  const list = document.createElement("ul");
  list.className = "uploads";
  list.setAttribute("aria-live", "polite");
  block.append(list);
  const button = block.querySelector("button");
  if (button) button.hidden = true; // a chosen file goes up at once
  const drop = document.createElement("p");
  drop.className = "drop-here";
  drop.textContent = words.drop;
  block.append(drop);

  const waiting = [];
  const chosen = (files) => (block.dataset.sort ? sort(files) : add(files));
  for (const byHand of block.querySelectorAll(".by-hand")) byHand.hidden = true; // asked beside each file that needs it
  let busy = false;
  let arrived = false;

  // A file goes to the questions its name tells; where it tells none, whoever sends it says so.
  async function sort(files) {
    const data = new FormData();
    if (token) data.append("csrf_token", token.value);
    for (const file of files) data.append("name", file.name);
    let told = {};
    try { told = (await (await fetch(block.dataset.sort, { method: "POST", body: data, headers: { "X-Requested-With": "XMLHttpRequest" } })).json()).places || {}; } catch { /* each is asked for */ }
    for (const file of files) {
      const keys = told[file.name] || [];
      for (const key of keys) add([file], block.dataset.upload + key);
      if (!keys.length) ask(file);
    }
  }

  function ask(file) {
    const row = document.createElement("li");
    row.className = "upload-unsorted";
    const name = document.createElement("span");
    name.className = "upload-name";
    name.textContent = file.name;
    const choice = block.querySelector("select").cloneNode(true);
    choice.removeAttribute("id");
    choice.removeAttribute("name");
    choice.setAttribute("aria-label", `${block.querySelector(".by-hand label").textContent} ${file.name}`);
    choice.addEventListener("change", () => { if (choice.value) { row.remove(); add([file], block.dataset.upload + choice.value); } });
    row.append(name, choice);
    list.append(row);
  }

  function add(files, address = block.dataset.upload) {
    for (const file of files) {
      const row = document.createElement("li");
      const name = document.createElement("span");
      name.className = "upload-name";
      name.textContent = file.name;
      const bar = document.createElement("progress");
      bar.max = 100;
      bar.value = 0;
      bar.setAttribute("aria-label", file.name);
      const said = document.createElement("span");
      said.className = "upload-said";
      said.textContent = words.waiting;
      row.append(name, bar, said);
      list.append(row);
      waiting.push({ file, address, row, bar, said, tries: 0 });
    }
    next();
  }

  function next() {
    if (busy) return;
    const upload = waiting.shift();
    if (upload) {
      busy = true;
      send(upload);
    } else if (arrived) {
      arrived = false;
      renewed();
    }
  }

  function send(upload) {
    const { file, said } = upload;
    const largest = Number(words.largest);
    if (largest && file.size > largest) return finish(upload, words.large);
    said.textContent = words.sending;
    upload.have = -1; // how much is there is asked first
    if (file.size > LONG) return part(upload, 0, null);
    const data = new FormData();
    data.append("files", file, file.name);
    post(upload, upload.address, data, 0, file.size);
  }

  function part(upload, start, piece) {
    const data = new FormData();
    for (const [name, value] of Object.entries({ name: upload.file.name, size: upload.file.size, changed: upload.file.lastModified, start })) data.append(name, value);
    if (piece) data.append("part", piece, "part");
    post(upload, `${upload.address}/part`, data, start, piece ? piece.size : 0);
  }

  // Sends what stands for the bytes from `start` on; the bar tells how much of the whole file has gone.
  function post(upload, address, data, start, length) {
    const request = new XMLHttpRequest();
    if (token) data.append("csrf_token", token.value);
    request.open("POST", address);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    if (length) request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const gone = start + length * event.loaded / event.total;
      upload.bar.value = Math.round(100 * gone / upload.file.size);
      upload.said.textContent = gone < upload.file.size ? `${upload.bar.value}%` : words.checking;
    });
    request.addEventListener("load", () => answered(upload, request));
    for (const kind of ["error", "timeout", "abort"]) request.addEventListener(kind, () => again(upload, words.lost));
    request.send(data);
  }

  function goOn(upload, have) {
    if (have <= upload.have) return again(upload, words.busy); // the part did not arrive, or is not what was wanted
    upload.have = have;
    upload.tries = 0;
    part(upload, have, upload.file.slice(have, have + PART));
  }

  function answered(upload, request) {
    let told = null;
    try { told = JSON.parse(request.responseText); } catch { told = null; }
    if (request.status === 200 && told && told.files !== undefined) {
      upload.row.remove();
      if (block.dataset.then) arrived = true; // shown when the last one has gone up, or was refused
      else {
        show(told.files);
        block.dispatchEvent(new CustomEvent("attached", { bubbles: true })); // what is missing on the page is one less
      }
      finish(upload, "");
    } else if (request.status === 200 && told && told.have !== undefined) goOn(upload, told.have);
    else if (request.status >= 500 || request.status === 429) again(upload, told && told.refused ? told.refused : words.busy);
    else if (told && told.refused) finish(upload, told.refused, false);
    else if (request.responseURL.includes("/sign-in") || request.status === 401) finish(upload, words.session);
    else if (request.status === 400) renew(upload);
    else if (request.status === 200) again(upload, words.lost); // something on the way answered for the server
    else finish(upload, words.refused, false);
  }

  // Somebody signed in again in this browser: the page's token is an old one.
  async function renew(upload) {
    if (upload.renewed) return finish(upload, words.session);
    upload.renewed = true;
    const form = block.closest("form");
    let page;
    try {
      const reply = await fetch(location.pathname, { redirect: "manual" });
      page = reply.ok ? new DOMParser().parseFromString(await reply.text(), "text/html") : null;
    } catch { return again(upload, words.lost); }
    const fresh = page?.querySelector("main input[name=csrf_token]");
    if (!fresh || page.querySelector("form[data-person]")?.dataset.person !== form.dataset.person) return finish(upload, words.session);
    for (const here of document.querySelectorAll("input[name=csrf_token]")) here.value = fresh.value;
    send(upload);
  }

  // The list the server draws takes the place of the one before it.
  function show(html) {
    const drawn = new DOMParser().parseFromString(html, "text/html").querySelector("ul.evidence");
    if (!drawn) return;
    const before = block.previousElementSibling;
    if (before && before.classList.contains("evidence")) before.replaceWith(drawn);
    else block.before(drawn);
  }

  // Where files go to many questions, the page tells what is where now.
  async function renewed() {
    const now = document.getElementById(block.dataset.then);
    try {
      const drawn = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html").getElementById(now.id);
      if (drawn) now.replaceWith(drawn);
    } catch { /* the files are there; the next one tells so */ }
  }

  function again(upload, why) {
    if (!navigator.onLine) {
      upload.said.textContent = why + words.soon;
      window.addEventListener("online", () => send(upload), { once: true });
      return;
    }
    const wait = WAITS[upload.tries];
    upload.tries += 1;
    if (wait === undefined) return finish(upload, why);
    upload.said.textContent = why + words.soon;
    setTimeout(() => send(upload), wait);
  }

  function finish(upload, why, retry = true) {
    busy = false;
    if (why) {
      upload.row.classList.add("upload-failed");
      upload.bar.remove();
      upload.said.textContent = why;
      if (retry) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-outline-primary";
        button.textContent = words.retry;
        button.addEventListener("click", () => { upload.row.remove(); add([upload.file], upload.address); });
        upload.row.append(button);
      }
      if (why === words.session) {
        const link = document.createElement("a");
        link.href = location.pathname; // asks to sign in, and comes back here
        link.target = "_blank";
        link.textContent = words.signIn;
        upload.row.append(link);
      }
    }
    next();
  }

  for (const input of inputs) {
    input.addEventListener("change", (event) => {
      event.stopPropagation(); // nothing of the form waits to be saved
      chosen([...input.files]);
      input.value = "";
    });
    input.addEventListener("input", (event) => event.stopPropagation());
    if (input.files.length) { // chosen before this file came
      chosen([...input.files]);
      input.value = "";
    }
  }
  block.addEventListener("dragover", (event) => { event.preventDefault(); block.classList.add("drop-now"); });
  block.addEventListener("dragleave", () => block.classList.remove("drop-now"));
  block.addEventListener("drop", (event) => {
    event.preventDefault();
    block.classList.remove("drop-now");
    chosen([...event.dataTransfer.files]);
  });
  window.addEventListener("beforeunload", (event) => { if (busy || waiting.length) event.preventDefault(); });
}

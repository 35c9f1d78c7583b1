// The record of a visit: everything is kept on the phone first and sent when there is a network.  Findings lie in the browser's
// local storage, photos in its database, the page itself in its cache.  Without this file every item is a form of its own.
"use strict";

const RETRY = 15000; // milliseconds
const PATIENCE = 60000;
const root = document.getElementById("visit");
if (root) begin();

function begin() {
  const words = document.getElementById("visit-words").dataset;
  const { person, visit, page, worker, locked, closed } = root.dataset;
  const PREFIX = `cellcert:${person}:visit-${visit}:`;
  const CACHE = `cellcert:${person}:visit-${visit}`;
  const FIELDS = ["what", "suggestion", "checked", "passing"];
  const items = new Map();
  let shots = []; // photos on the phone, not sent yet
  let busy = false;
  let stopped = ""; // why nothing is sent: the session has ended
  let later = null;
  let leaving = false;
  let renewing = null;
  const fetched = new Set(); // what the cache has of this opening
  let wantsToSign = false;

  document.documentElement.classList.add("has-script");

  // ---- what is kept on the phone ----

  function kept(key) {
    try { return JSON.parse(localStorage.getItem(`${PREFIX}item:${key}`)); } catch { return null; }
  }

  function database() {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open("cellcert-visit", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("photos", { keyPath: "key" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  async function photos(mode, work) {
    const base = await database();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = base.transaction("photos", mode);
        const asked = work(transaction.objectStore("photos"));
        transaction.oncomplete = () => resolve(asked.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      base.close();
    }
  }

  // ---- one item ----

  class Item {
    constructor(element) {
      this.element = element;
      this.key = element.dataset.item;
      this.form = element.querySelector(".visit-form");
      this.state = element.querySelector(".place-state");
      this.list = element.querySelector(".visit-shots");
      this.seen = element.dataset.seen;
      this.conflict = null; // what somebody else wrote meanwhile
      this.refused = ""; // the values the server did not take, as text
      this.timer = null;
    }

    get values() {
      const told = { verdict: this.form.querySelector("[name=verdict]:checked")?.value || "" };
      for (const name of FIELDS) { const field = this.form.elements[name]; if (field) told[name] = field.value; }
      return told;
    }

    fill(values) {
      for (const one of this.form.querySelectorAll("[name=verdict]")) one.checked = one.value === values.verdict;
      for (const name of FIELDS) { const field = this.form.elements[name]; if (field) field.value = values[name] ?? ""; }
      bounds(this);
    }

    keep() {
      try {
        localStorage.setItem(`${PREFIX}item:${this.key}`, JSON.stringify({ values: this.values, seen: this.seen, at: Date.now() }));
        this.say("kept", words.kept);
      } catch {
        this.say("failed", words.full);
      }
    }

    forget() { localStorage.removeItem(`${PREFIX}item:${this.key}`); }

    say(kind, text, retry = false) {
      this.state.className = `place-state place-${kind}`;
      this.state.textContent = text;
      if (retry) {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", className: "btn btn-outline-primary btn-sm", textContent: words.retry });
        button.addEventListener("click", () => { this.refused = ""; stopped = ""; go(); });
        this.state.append(" ", button);
      }
      tally();
    }
  }

  function bounds(item) {
    const { checked, passing } = item.form.elements;
    if (!checked) return;
    const most = { checked: 999, passing: Number(checked.value) || 0 };
    for (const button of item.form.querySelectorAll("[data-step]")) {
      const field = button.parentElement.querySelector("input");
      const now = field.value === "" ? -1 : Number(field.value);
      button.disabled = !!locked || (Number(button.dataset.step) > 0 ? now >= most[field.name] : now <= 0);
    }
    if (passing.value !== "" && Number(passing.value) > most.passing) passing.value = String(most.passing);
  }

  function touch(item, at = 600) {
    if (locked) return;
    bounds(item);
    item.refused = "";
    item.element.dataset.done = item.values.verdict ? "yes" : "";
    item.keep();
    if (item.conflict) return item.say("failed", words.unsent + words.choose);
    if (stopped) return item.say("failed", `${words.kept}${words.colon}${words.unsent}${stopped}`, true);
    clearTimeout(item.timer);
    item.timer = setTimeout(go, at);
  }

  for (const element of root.querySelectorAll("[data-item]")) {
    const item = new Item(element);
    items.set(item.key, item);
    item.form.addEventListener("input", (event) => { if (event.target.type !== "radio") touch(item, 900); });
    item.form.addEventListener("change", (event) => { if (event.target.type === "radio") touch(item, 150); }); // the rest was told by input
    item.form.addEventListener("submit", (event) => { event.preventDefault(); touch(item, 0); });
    for (const button of item.form.querySelectorAll("[data-step]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const field = button.parentElement.querySelector("input");
        field.value = String(Math.max(0, Math.min(999, (Number(field.value) || 0) + Number(button.dataset.step))));
        touch(item, 900);
      });
    }
    for (const button of element.querySelectorAll("[data-choose]")) button.addEventListener("click", () => choose(item, button.dataset.choose));
    for (const form of element.querySelectorAll(".visit-shots form")) form.addEventListener("submit", (event) => { event.preventDefault(); drop(item, form); });
    const camera = element.querySelector(".visit-photo-form");
    if (camera) {
      const chosen = camera.querySelector("input[type=file]");
      camera.addEventListener("submit", (event) => event.preventDefault());
      chosen.addEventListener("change", async () => {
        const files = [...chosen.files];
        for (const file of files) await take(item, file);
        chosen.value = "";
        go();
      });
    }
    const entry = kept(item.key);
    if (entry && !locked) {
      item.fill(entry.values);
      item.seen = entry.seen;
      item.say("kept", words.kept);
    } else if (entry) item.say("failed", words.unsent + words.refused);
    bounds(item);
  }

  // ---- photos ----

  async function small(file) {
    try {
      const picture = await createImageBitmap(file);
      const scale = 192 / Math.max(picture.width, picture.height);
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [Math.max(1, picture.width * scale), Math.max(1, picture.height * scale)];
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL("image/jpeg", 0.7);
    } catch {
      return ""; // a format this browser does not show: sent all the same
    }
  }

  async function take(item, file) {
    const shot = { key: unique(), owner: PREFIX, item: item.key, name: file.name || "photo.jpg", taken: file.lastModified || Date.now(), blob: file, thumb: await small(file) };
    try {
      await photos("readwrite", (store) => store.put(shot));
      localStorage.setItem(`${PREFIX}photo:${shot.key}`, "1"); // so that signing out asks
    } catch {
      return item.say("failed", words.full);
    }
    shots.push(shot);
    draw(item, shot);
  }

  // Not every phone's browser gives one on a page without https.
  function unique() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function draw(item, shot) {
    const line = document.createElement("li");
    line.dataset.photo = shot.key;
    if (shot.thumb) {
      const picture = document.createElement("img");
      Object.assign(picture, { src: shot.thumb, alt: words.photo, width: 96, height: 96 });
      line.append(picture);
    }
    const said = document.createElement("span");
    said.className = "shot-state";
    said.textContent = words.kept;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn btn-link btn-sm", textContent: words.drop });
    button.addEventListener("click", async () => { await discard(shot); line.remove(); tally(); });
    line.append(said, button);
    item.list.append(line);
    tally();
  }

  function lineOf(shot) { return root.querySelector(`[data-photo="${shot.key}"]`); }

  function sayOf(shot, text) {
    const said = lineOf(shot)?.querySelector(".shot-state");
    if (said) said.textContent = text;
    tally();
  }

  async function discard(shot) {
    shots = shots.filter((one) => one !== shot);
    localStorage.removeItem(`${PREFIX}photo:${shot.key}`);
    await photos("readwrite", (store) => store.delete(shot.key)).catch(() => {});
  }

  async function drop(item, form) {
    try {
      const reply = await send(form.getAttribute("action"), new URLSearchParams());
      if (reply.told.removed) { form.closest("li").remove(); again(); } else item.say("failed", words.unsent + (reply.told.sentence || words.refused));
    } catch {
      item.say("failed", words.unsent + words.nonet);
    }
  }

  // Photos of an earlier opening of this page; what was left behind by somebody who signed out goes.
  async function restore() {
    const all = await photos("readonly", (store) => store.getAll()).catch(() => []);
    for (const shot of all) {
      if (!localStorage.getItem(`${shot.owner}photo:${shot.key}`)) await photos("readwrite", (store) => store.delete(shot.key)).catch(() => {});
      else if (shot.owner === PREFIX && items.has(shot.item)) {
        if (lineOf(shot)) { await discard(shot); continue; } // it arrived; only the answer was lost
        shots.push(shot);
        draw(items.get(shot.item), shot);
      }
    }
  }

  // ---- sending, one thing at a time ----

  function unsent() { return [...items.values()].filter((item) => kept(item.key)); }
  function sendable() { return unsent().filter((item) => !item.conflict && item.refused !== JSON.stringify(item.values)); }

  function tally() {
    const open = unsent().length + shots.length;
    const all = [...items.values()];
    const done = all.filter((item) => item.element.dataset.done).length;
    document.getElementById("visit-state").textContent = open ? (wantsToSign ? words.wait : words.some.replace("{n}", open)) : words.all;
    if (!open) wantsToSign = false;
    document.getElementById("visit-done").textContent = words.done.replace("{done}", done).replace("{of}", all.length);
  }

  async function send(address, body, fresh = false) {
    body.set("csrf_token", document.querySelector("#visit input[name=csrf_token]").value);
    const patience = new AbortController();
    const end = setTimeout(() => patience.abort(), PATIENCE);
    let reply, text;
    try {
      reply = await fetch(address, { method: "POST", body, redirect: "manual", signal: patience.signal, headers: { "X-Requested-With": "XMLHttpRequest" } });
      text = reply.type === "opaqueredirect" ? "" : await reply.text();
    } finally {
      clearTimeout(end);
    }
    if (reply.status === 400 && !fresh) {
      const now = await freshToken();
      if (now === "yes") return send(address, body, true);
      return { ended: now === "other" ? words.other : words.session, told: {} };
    }
    if (reply.type === "opaqueredirect" || reply.status === 401) return { ended: words.session, told: {} };
    if (reply.status === 429 || reply.status >= 500) return { busy: true, told: {} };
    if ((reply.headers.get("Content-Type") || "").includes("json")) return { status: reply.status, told: JSON.parse(text) };
    const sentence = new DOMParser().parseFromString(text, "text/html").querySelector(".refusal-message");
    if (reply.ok) throw new Error("something on the way answered for the server");
    return { status: reply.status, told: { sentence: sentence ? sentence.textContent.trim() : words.refused } };
  }

  async function freshToken() {
    const reply = await fetch(page, { headers: { "X-Requested-With": "XMLHttpRequest" }, redirect: "manual", cache: "no-store" });
    if (!reply.ok) return "no";
    const there = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("visit");
    if (!there) return "no";
    if (there.dataset.person !== person) return "other";
    const token = there.querySelector("input[name=csrf_token]");
    if (token) for (const here of document.querySelectorAll("input[name=csrf_token]")) here.value = token.value;
    return token ? "yes" : "no";
  }

  async function go() {
    if (busy || locked) return;
    busy = true;
    clearTimeout(later);
    later = null;
    let sent = 0;
    try {
      for (let item; !stopped && (item = sendable()[0]);) sent += await sendItem(item);
      for (const shot of [...shots]) if (!stopped && !shot.refused) sent += await sendShot(shot);
      offline(false);
    } catch {
      for (const item of sendable()) item.say("kept", `${words.kept}${words.colon}${words.unsent}${words.nonet}`);
      for (const shot of shots) if (!shot.refused) sayOf(shot, `${words.kept}${words.colon}${words.unsent}${words.nonet}`);
      offline(true);
      later = setTimeout(go, RETRY);
    }
    busy = false;
    tally();
    if (sendable().length && !stopped && !later) later = setTimeout(go, RETRY);
    if (sent && !unsent().length) again();
  }

  function end(reply) {
    if (reply.ended) stopped = reply.ended;
    if (reply.busy) throw new Error("busy");
    return !!reply.ended;
  }

  async function sendItem(item) {
    const values = item.values;
    const before = JSON.stringify(values);
    item.say("saving", words.sending);
    const reply = await send(item.form.getAttribute("action"), new URLSearchParams({ ...values, seen: item.seen }));
    if (reply.busy) { item.say("failed", words.unsent + words.busy, true); }
    if (end(reply)) { item.say("failed", `${words.kept}${words.colon}${words.unsent}${stopped}`, true); return 0; }
    const { told } = reply;
    if (told.conflict) collide(item, told.conflict);
    else if (told.number !== undefined) {
      item.seen = String(told.number);
      if (JSON.stringify(item.values) === before) { item.forget(); item.say("saved", `${words.sent} ${told.when}`); }
      else item.keep();
      return 1;
    } else {
      item.refused = before;
      item.say("failed", words.unsent + (told.sentence || words.refused), true);
    }
    return 0;
  }

  async function sendShot(shot) {
    const body = new FormData();
    body.set("key", shot.key);
    body.set("taken", String(shot.taken));
    body.set("photos", shot.blob, shot.name);
    sayOf(shot, words.sending);
    const form = items.get(shot.item).element.querySelector(".visit-photo-form");
    const reply = await send(form.getAttribute("action"), body);
    if (reply.busy) sayOf(shot, words.unsent + words.busy);
    if (end(reply)) { sayOf(shot, words.unsent + stopped); return 0; }
    if (!reply.told.key) {
      shot.refused = true;
      sayOf(shot, words.unsent + (reply.told.sentence || words.refused));
      return 0;
    }
    await discard(shot);
    const said = lineOf(shot)?.querySelector(".shot-state");
    if (said) {
      said.textContent = `${words.sent} · ${reply.told.when} `;
      const source = document.createElement("small");
      source.textContent = reply.told.source;
      said.append(source);
      lineOf(shot).querySelector("button")?.remove();
    }
    return 1;
  }

  // ---- somebody else wrote on the same item ----

  function inWords(values) {
    const label = values.verdict ? document.querySelector(`label[for$="-${values.verdict}"]`)?.textContent : "";
    const count = values.passing !== null && values.passing !== undefined && values.passing !== "" ? words.count.replace("{checked}", values.checked).replace("{passing}", values.passing) : "";
    return [label, count, values.what, values.suggestion ? words.suggest + values.suggestion : ""].filter(Boolean).join(" ");
  }

  function collide(item, theirs) {
    item.conflict = theirs;
    const box = item.element.querySelector(".conflict");
    box.querySelector(".conflict-mine dd").textContent = inWords(item.values);
    box.querySelector(".conflict-theirs dt").textContent = `${theirs.who} ${theirs.when}`;
    box.querySelector(".conflict-theirs dd").textContent = inWords(theirs);
    for (const button of box.querySelectorAll("[data-choose]")) button.hidden = false;
    box.hidden = false;
    item.say("failed", words.unsent + words.choose);
  }

  function choose(item, which) {
    const theirs = item.conflict;
    if (!theirs) return;
    item.conflict = null;
    item.seen = String(theirs.number);
    item.element.querySelector(".conflict").hidden = true;
    if (which === "theirs") {
      item.fill(theirs);
      item.element.dataset.done = theirs.verdict ? "yes" : "";
      item.forget();
      item.say("saved", `${words.sent} ${theirs.when}`);
    } else {
      item.keep();
      go();
    }
  }

  // ---- the page itself, where there is no network ----

  function offline(is) {
    const said = document.getElementById("visit-offline");
    if (is) said.textContent = words.offline;
    said.hidden = !is && !said.dataset.stays;
  }

  function again() { clearTimeout(renewing); renewing = setTimeout(keepPage, 800); }

  async function keepPage() {
    if (!("caches" in window) || leaving) return;
    try {
      const reply = await fetch(page, { headers: { "X-Requested-With": "XMLHttpRequest" }, redirect: "manual", cache: "no-store" });
      if (!reply.ok) return;
      const text = await reply.text();
      if (!text.includes('id="visit"')) return;
      const cache = await caches.open(CACHE);
      await cache.put(page, new Response(text, { headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": reply.headers.get("Content-Security-Policy") || "" } }));
      const needed = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon]")].map((one) => one.href);
      needed.push(...[...document.scripts].map((one) => one.src).filter(Boolean));
      needed.push(...[...new DOMParser().parseFromString(text, "text/html").querySelectorAll(".visit-shots img")].map((one) => one.getAttribute("src")));
      // once for each opening anew: a page must not meet a script of another version
      await Promise.all(needed.map((address) => (fetched.has(address) ? null : cache.add(address).then(() => fetched.add(address)).catch(() => {}))));
      root.dataset.kept = "yes";
      document.getElementById("visit-state").title = words.ready;
    } catch { /* no network: what was kept stays */ }
  }

  async function install() {
    if (closed) {
      if ("caches" in window) caches.delete(CACHE);
      if ("serviceWorker" in navigator) for (const one of await navigator.serviceWorker.getRegistrations()) if (one.scope.includes(new URL(worker, location.href).pathname.replace(/[^/]*$/, ""))) one.unregister();
      return;
    }
    try {
      await navigator.serviceWorker.register(worker);
      await navigator.serviceWorker.ready;
      await keepPage();
    } catch {
      const said = document.getElementById("visit-offline");
      if (navigator.onLine && !("serviceWorker" in navigator && window.isSecureContext)) {
        said.textContent = words.noworker;
        said.dataset.stays = "yes";
        said.hidden = false;
      }
    }
  }

  const onward = document.getElementById("visit-next");
  if (onward) onward.hidden = !!locked;
  onward?.addEventListener("click", () => {
    const open = [...items.values()].filter((item) => !item.element.dataset.done);
    const below = open.find((item) => item.element.getBoundingClientRect().top > 40) || open[0];
    if (below) { below.element.scrollIntoView(); below.form.querySelector("[name=verdict]")?.focus({ preventScroll: true }); }
  });
  document.getElementById("visit-sign").addEventListener("click", (event) => {
    if (!unsent().length && !shots.length) return;
    event.preventDefault();
    wantsToSign = true;
    tally();
    go();
  });
  document.addEventListener("submit", (event) => { if (event.target.matches("[data-forget]") && !event.defaultPrevented) leaving = true; });
  window.addEventListener("online", () => { stopped = ""; go(); });
  window.addEventListener("offline", () => offline(true));
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { stopped = ""; go(); } });

  if (!navigator.onLine) offline(true);
  restore().then(() => { tally(); go(); });
  install();
}

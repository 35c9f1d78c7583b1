// Every place of the self-assessment, and every item of an expert's score sheet, saves itself.  What is typed stays in this browser until the server has acknowledged it.
// Without this file the buttons of the form save the page.
"use strict";

const DEBOUNCE = { text: 900, choice: 150 }; // milliseconds after the last touch
const BACK_OFF = [2000, 5000, 10000, 20000, 30000];
const POLL = 30000;
const PATIENCE = 30000; // an answer that takes longer does not come: asked again
const KEPT_DAYS = 30;

const isChoice = (field) => field.type === "radio" || field.type === "checkbox";

const form = document.querySelector("form[data-autosave]");
if (form) begin();

function begin() {
  const words = document.getElementById("saving-words").dataset;
  const { person, application } = form.dataset;
  const PREFIX = `cellcert:${person}:${application}:`;
  const bar = document.querySelector(".save-bar");
  let savedLast = bar.querySelector(".save-state")?.textContent || "";
  const queue = []; // places waiting to be sent, one request at a time
  let busy = false; // a request is on its way
  let tries = 0;
  let later = null; // the next try
  let stopped = ""; // why nothing is sent: the session has ended
  let known = form.dataset.version;
  let leaving = false; // a button was pressed and waits until everything is saved
  let signedOut = false;

  // ---- places ----

  class Place {
    constructor(element) {
      this.element = element;
      this.id = element.dataset.place;
      this.seen = element.dataset.seen;
      this.state = element.querySelector(".place-state");
      this.touched = 0; // counts every change
      this.saved = 0; // the count the server has acknowledged
      this.refused = 0; // the count the server could not read, or did not take
      this.payload = null; // what was sent and not answered yet: sent again as it was, so that a lost answer costs nothing
      this.conflict = !!element.querySelector(".conflict");
      this.timer = null;
    }

    get fields() {
      return [...this.element.querySelectorAll("input[name], textarea[name], select[name]")].filter((field) => field.type !== "file" && field.type !== "hidden");
    }

    get values() {
      return this.fields.filter((field) => !isChoice(field) || field.checked).map((field) => [field.name, field.value]);
    }

    get isUnsaved() { return this.touched > this.saved || this.payload !== null; }

    get wantsSaving() { return !this.conflict && (this.payload !== null || this.touched > Math.max(this.saved, this.refused)); }

    get key() { return PREFIX + this.id; }

    set base(seen) {
      this.seen = seen;
      this.element.dataset.seen = seen;
      this.element.querySelector(`input[name="seen.${CSS.escape(this.id)}"]`).value = seen;
    }

    fill(values) {
      for (const field of this.fields) {
        const mine = values.filter(([name]) => name === field.name).map(([, value]) => value);
        if (isChoice(field)) field.checked = mine.includes(field.value);
        else field.value = mine.length ? mine[0] : "";
        if (field.tagName === "TEXTAREA" && field.value && field.closest("details")) field.closest("details").open = true;
      }
    }

    keep() {
      if (signedOut) return;
      const entry = { values: this.values, words: inWords(this), seen: this.seen, at: Date.now(), page: location.pathname, title: form.dataset.title };
      try { localStorage.setItem(this.key, JSON.stringify(entry)); } catch { /* no room, or not allowed: the page itself still has it */ }
    }

    forget() {
      try { localStorage.removeItem(this.key); } catch { /* as above */ }
    }

    say(kind, text, retry = false) {
      this.state.className = `place-state place-${kind}`;
      this.state.textContent = text;
      if (retry) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-outline-primary btn-sm";
        button.textContent = words.retry;
        button.addEventListener("click", () => { resume(); enqueue(this, true); });
        this.state.append(" ", button);
      }
      sayOfAll();
    }
  }

  const places = new Map([...form.querySelectorAll("[data-place]")].map((element) => [element.dataset.place, new Place(element)]));
  const placeOf = (node) => places.get(node.closest("[data-place]")?.dataset.place);
  const unsaved = () => [...places.values()].filter((place) => place.isUnsaved);

  // The bar stays in sight where the place is out of it: it does not say saved while something is not.
  function sayOfAll() {
    const said = bar.querySelector(".save-state");
    const text = unsaved().some((place) => place.state.matches(".place-failed")) ? words.notAll : savedLast;
    if (said && said.textContent !== text) said.textContent = text;
  }

  // What a place says, for people: each question with its answer.
  function inWords(place, values = place.values) {
    const told = [];
    for (const [name, value] of values) {
      const field = place.fields.find((one) => one.name === name && (!isChoice(one) || one.value === value));
      if (!field || value.trim() === "") continue;
      const label = field.labels && field.labels[0] ? field.labels[0].textContent.trim() : name;
      told.push(isChoice(field) ? label : `${label}${words.colon}${value}`);
    }
    return told.length ? told : [words.nothing];
  }

  // ---- saving ----

  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
  form.addEventListener("attached", (event) => { const place = placeOf(event.target); if (place) enqueue(place, true); });
  form.addEventListener("focusout", (event) => { const place = placeOf(event.target); if (place && place.wantsSaving) enqueue(place, true); });

  function touched(event) {
    const place = placeOf(event.target);
    if (!place || event.target.type === "file" || !event.target.name) return;
    const isText = event.target.matches("textarea, input:not([type=radio], [type=checkbox])");
    if (event.type === "change" && isText) return; // told by input already
    place.touched += 1;
    place.keep();
    if (place.conflict) return place.say("failed", words.choose);
    if (stopped) return place.say("failed", words.unsaved + words.session);
    place.say("saving", words.saving);
    clearTimeout(place.timer);
    place.timer = setTimeout(() => enqueue(place), isText ? DEBOUNCE.text : DEBOUNCE.choice);
  }

  function enqueue(place, now = false) {
    clearTimeout(place.timer);
    if (place.conflict) return;
    if (!queue.includes(place)) queue.push(place);
    if (now) { clearTimeout(later); later = null; }
    next();
  }

  function next() {
    if (busy || later || stopped || !queue.length) return;
    busy = true;
    send(queue[0]).catch(() => again(words.busy));
  }

  async function send(place, fresh = false) {
    if (!place.payload) place.payload = { count: place.touched, values: place.values, seen: place.seen };
    const { payload } = place;
    const body = new URLSearchParams(payload.values);
    body.set("seen", payload.seen);
    const token = form.querySelector("input[name=csrf_token]");
    if (token) body.set("csrf_token", token.value);
    place.say("saving", words.saving);
    let reply, told;
    const patience = new AbortController();
    const end = setTimeout(() => patience.abort(), PATIENCE);
    try {
      const [kind, key] = [place.id.slice(0, place.id.indexOf(".")), place.id.slice(place.id.indexOf(".") + 1)];
      const address = `${form.dataset.places}/${encodeURIComponent(kind)}/${encodeURIComponent(key)}${form.dataset.shown || ""}`;
      reply = await fetch(address, { method: "POST", body, redirect: "manual", signal: patience.signal, keepalive: body.toString().length < 60000, headers: { "X-Requested-With": "XMLHttpRequest" } });
      told = await answerOf(reply);
    } catch {
      return again(words.lost);
    } finally {
      clearTimeout(end);
    }
    if (reply.type === "opaqueredirect") return sessionEnded();
    if (reply.ok && !told.seen) return again(words.lost); // something on the way answered for the server
    if (reply.status === 400 && !fresh) {
      const now = await freshToken(); // somebody signed in again in this browser: the page's token is an old one
      if (now === "yes") return send(place, true);
      return now === "lost" ? again(words.lost) : sessionEnded(now === "other" ? words.otherPerson : "");
    }
    if (reply.status === 429 || reply.status >= 500) return again(told.sentence || words.busy);
    tries = 0;
    clearTrouble();
    if (told.conflict) collide(place, told);
    else if (told.seen) acknowledge(place, told);
    else {
      place.payload = null;
      place.refused = payload.count;
      place.say("failed", told.sentence ? words.unsaved + told.sentence : words.refused, true);
    }
    busy = false;
    if (queue[0] === place) queue.shift();
    if (place.touched > payload.count && place.wantsSaving) queue.push(place);
    if (leaving && !queue.length) {
      if (!unsaved().length) return goOn();
      leaving = false; // something stays unsaved and says why
      unsaved()[0].element.scrollIntoView({ block: "center" });
    }
    next();
  }

  // The server's words: its JSON, or the sentence of the page it refuses with.
  async function answerOf(reply) {
    if (reply.type === "opaqueredirect") return {};
    const text = await reply.text();
    if ((reply.headers.get("Content-Type") || "").includes("json")) return JSON.parse(text) || {};
    const sentence = new DOMParser().parseFromString(text, "text/html").querySelector(".refusal-message");
    return { sentence: sentence ? sentence.textContent.trim() : "" };
  }

  function acknowledge(place, told) {
    const { count, values } = place.payload;
    const faults = told.faults || [];
    place.payload = null;
    place.base = told.seen;
    if (Number(told.version) === Number(known) + 1) known = told.version;
    draw(place.element, new DOMParser().parseFromString(told.drawn, "text/html"));
    showFaults(place, place.touched > count ? [] : faults);
    if (faults.length) {
      place.refused = count;
      place.keep();
      if (place.touched > count) return;
      place.say("failed", words.partly + faults.map((fault) => fault.sentence).join(" "));
      return;
    }
    place.saved = count;
    for (const [name] of values) if (name.startsWith("confirmed.")) place.element.querySelector(".carried")?.remove();
    if (place.touched > count) { place.keep(); return place.say("saving", words.saving); }
    place.forget();
    savedLast = told.saved;
    place.say("saved", told.saved);
    if (told.moved) {
      const link = document.createElement("a");
      link.href = location.pathname;
      link.textContent = words.reload;
      place.state.append(` ${words.moved} `, link);
    }
  }

  // Points, reason, score and what is missing, as the server draws them now; around: where it drew the place itself.
  function draw(element, drawn, around = drawn) {
    const card = element.querySelector(".item-card");
    const there = around.querySelector(".item-card");
    if (card && there) {
      if (there.matches("article")) card.className = there.className;
      takeResults(card, there);
      for (const part of there.querySelectorAll("[data-part]")) card.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`)?.replaceWith(part);
    }
    for (const part of [".save-score", ".standing", ".still-open"]) {
      const told = drawn.querySelector(part);
      const here = document.querySelector(part);
      if (told && here && told.textContent !== here.textContent) here.replaceWith(told);
    }
  }

  function showFaults(place, faults) {
    for (const wrong of place.element.querySelectorAll(".wrong")) wrong.remove();
    for (const field of place.element.querySelectorAll("[aria-invalid]")) { field.removeAttribute("aria-invalid"); field.classList.remove("is-invalid"); }
    for (const box of place.element.querySelectorAll(".question-wrong, .answer-wrong")) box.classList.remove("question-wrong", "answer-wrong");
    for (const fault of faults) {
      const at = document.getElementById(fault.field);
      if (!at) continue;
      const box = at.matches("fieldset") ? at : at.closest(".question") || at.parentElement;
      box.classList.add(box.matches(".answer") ? "answer-wrong" : "question-wrong");
      const said = document.createElement("p");
      said.className = "wrong";
      said.id = `${fault.field}-error`;
      said.textContent = fault.sentence;
      (box.querySelector("legend, label") || box.firstElementChild).after(said);
      const field = at.matches("fieldset") ? null : at;
      if (field) { field.setAttribute("aria-invalid", "true"); field.setAttribute("aria-describedby", said.id); }
    }
  }

  // ---- when it does not work ----

  function again(why) {
    const wait = BACK_OFF[Math.min(tries, BACK_OFF.length - 1)];
    tries += 1;
    for (const place of places.values()) if (place.wantsSaving) place.say("failed", words.unsaved + why, true);
    trouble(why);
    leaving = false;
    busy = false;
    clearTimeout(later);
    later = setTimeout(resume, wait);
  }

  function resume() {
    clearTimeout(later);
    later = null;
    stopped = "";
    for (const place of places.values()) if (place.wantsSaving && !queue.includes(place)) queue.push(place);
    next();
  }

  function sessionEnded(why = "") {
    stopped = why || words.sessionAll;
    busy = false;
    leaving = false;
    for (const place of unsaved()) { place.payload = null; if (!place.conflict) place.say("failed", words.unsaved + (why || words.session)); }
    const link = document.createElement("a");
    link.href = form.dataset.signIn;
    link.target = "_blank";
    link.textContent = words.signIn;
    trouble(stopped, link);
  }

  function trouble(text, link = null) {
    let said = bar.querySelector(".save-trouble");
    if (!said) {
      said = document.createElement("p");
      said.className = "save-trouble";
      said.setAttribute("role", "alert");
      bar.prepend(said);
    }
    if (said.dataset.text === text) return; // said once
    said.dataset.text = text;
    said.replaceChildren(text, ...(link ? [" ", link] : []));
  }

  function clearTrouble() { bar.querySelector(".save-trouble")?.remove(); }

  async function pageNow() {
    const reply = await fetch(location.pathname, { redirect: "manual" });
    if (reply.type === "opaqueredirect" || !reply.ok) return null;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    return page.querySelector("form[data-autosave]") ? page : null;
  }

  async function freshToken() {
    let page;
    try { page = await pageNow(); } catch { return "lost"; }
    if (!page) return "no";
    if (page.querySelector("form[data-autosave]").dataset.person !== person) return "other";
    const token = page.querySelector("main input[name=csrf_token]");
    for (const here of document.querySelectorAll("input[name=csrf_token]")) here.value = token.value;
    return "yes";
  }

  window.addEventListener("online", resume);
  window.addEventListener("focus", () => { if (stopped) resume(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") for (const place of places.values()) { if (place.wantsSaving) enqueue(place); }
    else { if (stopped) resume(); poll(); }
  });
  window.addEventListener("pagehide", () => { for (const place of unsaved()) if (place.touched > place.saved) place.keep(); });
  window.addEventListener("beforeunload", (event) => { if (unsaved().length && !form.dataset.sent && !signedOut) event.preventDefault(); });

  document.addEventListener("submit", (event) => { if (event.target.matches("[data-forget]") && !event.defaultPrevented) signedOut = true; });

  // A button of the form first lets everything be saved; then it does what it always does.
  let pressed = null;
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.name.startsWith("choose.")) { event.preventDefault(); delete form.dataset.sent; choose(event.submitter); return; }
    if (![...places.values()].some((place) => place.wantsSaving)) return;
    event.preventDefault();
    delete form.dataset.sent;
    pressed = event.submitter;
    leaving = true;
    stopped = ""; // who presses wants it tried again
    for (const place of places.values()) if (place.wantsSaving) enqueue(place, true);
  });
  function goOn() {
    leaving = false;
    form.requestSubmit(pressed);
  }

  // ---- two texts ----

  function collide(place, told) {
    place.refused = place.payload.count;
    place.payload = null;
    place.conflict = true;
    place.element.querySelector(".conflict")?.remove();
    const box = new DOMParser().parseFromString(told.conflict, "text/html").querySelector(".conflict");
    place.element.prepend(box);
    place.say("failed", words.conflict);
    trouble(words.conflict);
  }

  async function choose(button) {
    const place = placeOf(button);
    if (button.value === "theirs") {
      let page;
      try { page = await pageNow(); } catch { page = null; }
      if (!page) return place.say("failed", words.unsaved + words.lost);
      place.saved = place.touched;
      settle(place);
      place.forget();
      take(place, page);
      place.say("saved", "");
    } else {
      place.base = button.value; // before the button goes: losing the focus saves
      place.touched += 1;
      settle(place);
      place.keep();
      enqueue(place, true);
    }
  }

  function settle(place) {
    place.conflict = false;
    place.element.querySelector(".conflict")?.remove();
    if (![...places.values()].some((one) => one.conflict)) clearTrouble();
  }

  // ---- what colleagues saved ----

  function take(place, page) {
    const there = page.querySelector(`[data-place="${CSS.escape(place.id)}"]`);
    if (!there) return;
    const theirs = new Place(there);
    place.fill(theirs.values);
    place.base = theirs.seen;
    showFaults(place, []);
    draw(place.element, page, there);
  }

  async function poll() {
    if (document.visibilityState !== "visible" || busy || stopped) return;
    try {
      const reply = await fetch(`${form.dataset.autosave}?known=${known}`, { redirect: "manual" });
      if (reply.type === "opaqueredirect") return busy ? null : sessionEnded();
      if (reply.status === 409 || reply.status === 403 || reply.status === 404) { const { sentence } = await answerOf(reply); return sentence && trouble(sentence); }
      if (reply.status !== 200) return;
      const told = await reply.json();
      const changed = [...places.values()].filter((place) => told.places[place.id] && told.places[place.id].seen !== place.seen && !place.payload);
      if (changed.length) {
        const page = await pageNow();
        if (!page) return;
        for (const place of changed) {
          if (place.isUnsaved || place.conflict) { if (!place.conflict) enqueue(place, true); continue; } // its own saving shows both texts
          if (place.payload) continue;
          take(place, page);
          place.say("theirs", told.places[place.id].said);
        }
      }
      known = told.version;
    } catch { /* the next round */ }
  }
  setInterval(poll, POLL);
  window.addEventListener("pageshow", (event) => { if (event.persisted) poll(); });

  // ---- what was not saved the last time ----

  function remembered() {
    const found = [];
    try {
      for (let index = 0; index < localStorage.length; index += 1) {
        const key = localStorage.key(index);
        if (!key.startsWith(PREFIX)) continue;
        const entry = JSON.parse(localStorage.getItem(key));
        if (Date.now() - entry.at > KEPT_DAYS * 86400000) localStorage.removeItem(key);
        else found.push([key.slice(PREFIX.length), entry]);
      }
    } catch { /* nothing can be kept in this browser */ }
    return found;
  }

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function offer() {
    document.getElementById("unsaved-offer")?.remove();
    const rows = [];
    const elsewhere = new Map();
    for (const [id, entry] of remembered()) {
      const place = places.get(id);
      if (!place) { if (entry.page !== location.pathname) elsewhere.set(entry.page, entry.title); else rows.push([id, entry, null]); continue; }
      if (place.isUnsaved) continue;
      if (same(entry.values, place.values)) place.forget();
      else rows.push([id, entry, place]);
    }
    if (!rows.length && !elsewhere.size) return;
    const box = document.createElement("section");
    box.id = "unsaved-offer";
    box.className = "unsaved-offer";
    box.setAttribute("aria-labelledby", "unsaved-offer-title");
    const title = document.createElement("h2");
    title.id = "unsaved-offer-title";
    title.textContent = words.offer;
    box.append(title);
    const list = document.createElement("ul");
    for (const [id, entry, place] of rows) list.append(row(id, entry, place));
    const open = rows.filter(([, , place]) => place && place.fields.length);
    if (open.length > 1) box.append(press(words.restoreAll, "btn-primary", () => { for (const [, entry, place] of open) restore(place, entry); offer(); }));
    box.append(list);
    if (elsewhere.size) {
      const other = document.createElement("p");
      other.append(words.elsewhere);
      for (const [page, name] of elsewhere) {
        const link = document.createElement("a");
        link.href = page;
        link.textContent = name;
        other.append(" ", link);
      }
      box.append(other);
    }
    form.before(box);
  }

  function row(id, entry, place) {
    const line = document.createElement("li");
    const name = document.createElement("p");
    const heading = place && (place.element.querySelector("h3, legend, label"));
    name.className = "unsaved-name";
    name.textContent = heading ? heading.textContent.trim() : "";
    const both = document.createElement("dl");
    both.className = "readings";
    both.append(reading(words.typed, entry.words, new Date(entry.at)));
    if (place && place.fields.length) both.append(reading(words.kept, inWords(place)));
    line.append(name, both);
    if (place && place.seen !== entry.seen) line.append(paragraph(words.newer));
    const buttons = document.createElement("p");
    buttons.className = "unsaved-choice";
    if (place && place.fields.length) buttons.append(press(words.restore, "btn-outline-primary", () => { restore(place, entry); offer(); }), " ");
    else line.append(paragraph(words.closed));
    buttons.append(press(words.drop, "btn-outline-primary", () => { localStorage.removeItem(PREFIX + id); offer(); }));
    line.append(buttons);
    return line;
  }

  function reading(who, told, at = null) {
    const box = document.createElement("div");
    const name = document.createElement("dt");
    const what = document.createElement("dd");
    name.textContent = at ? `${who} ${at.toLocaleString(document.documentElement.lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false })}` : who;
    for (const one of told) what.append(paragraph(one));
    box.append(name, what);
    return box;
  }

  function paragraph(text) {
    const made = document.createElement("p");
    made.textContent = text;
    return made;
  }

  function press(text, look, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `btn ${look}`;
    button.textContent = text;
    button.addEventListener("click", act);
    return button;
  }

  function restore(place, entry) {
    place.fill(entry.values);
    place.touched += 1;
    place.keep();
    enqueue(place, true);
    place.element.scrollIntoView({ block: "center" });
  }

  // What the browser itself put back into the fields, or somebody typed before this file came, is typed too.
  for (const place of places.values()) {
    if (place.conflict || place.element.querySelector(".wrong")) { place.touched = place.refused = 1; place.keep(); continue; } // the server shows what it did not keep
    const other = place.fields.filter((field) => (isChoice(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue));
    if (!other.length) continue;
    if (place.element.contains(document.activeElement)) { place.touched += 1; place.keep(); enqueue(place); continue; }
    if (!localStorage.getItem(place.key)) { place.seen = ""; place.keep(); place.base = place.element.dataset.seen; }
    for (const field of other) {
      if (isChoice(field)) field.checked = field.defaultChecked;
      else field.value = field.defaultValue;
    }
  }
  offer();
  window.addEventListener("storage", (event) => { if (event.key && event.key.startsWith(PREFIX) && event.newValue === null) offer(); });
}

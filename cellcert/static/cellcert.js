// Comfort only: every page works without this file.
"use strict";

// Say at once what must be put right.
const summary = document.getElementById("error-summary");
if (summary) summary.focus();

// Menus close on Escape and on a click elsewhere.
const menus = document.querySelectorAll("details.menu");
function closeMenus(except) {
  for (const menu of menus) if (menu !== except) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const open = document.querySelector("details.menu[open]");
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// One press sends once.  The server is safe without this; it spares the person the doubt.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});

// Leaving a page with answers not yet saved asks first.
for (const form of document.querySelectorAll("form[data-keep]")) {
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

// Pages and photos of a visit on site that lie in this browser go with who signs out.
function forgetVisits(prefix) {
  if ("caches" in window) caches.keys().then((names) => { for (const name of names) if (name.startsWith(prefix)) caches.delete(name); }).catch(() => {});
  if (!("indexedDB" in window)) return;
  const asked = indexedDB.open("cellcert-visit", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("photos", { keyPath: "key" });
  asked.onsuccess = () => {
    const photos = asked.result.transaction("photos", "readwrite").objectStore("photos").openCursor();
    photos.onsuccess = () => {
      if (!photos.result) return asked.result.close();
      if (photos.result.value.owner.startsWith(prefix)) photos.result.delete();
      photos.result.continue();
    };
  };
}

// What was typed and never saved is kept in this browser for its writer; signing out takes it away, and asks first.
for (const form of document.querySelectorAll("form[data-forget]")) {
  form.addEventListener("submit", (event) => {
    let mine = [];
    try { mine = Object.keys(localStorage).filter((key) => key.startsWith(form.dataset.forget)); } catch { return; }
    if (mine.length && !confirm(form.dataset.unsaved)) event.preventDefault();
    else {
      for (const key of mine) localStorage.removeItem(key);
      forgetVisits(form.dataset.forget);
    }
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Take over from a card as the server draws it now what tells results; the hands on its controls stay where they are.
function takeResults(card, told) {
  for (const part of [".item-points", ".item-tags", ".item-reason", ".answer > .wrong"]) {
    const here = card.querySelector(part);
    const there = told.querySelector(part);
    if (here && there) here.replaceWith(there);
    else if (here && part !== ".item-points") here.remove();
    else if (there && part === ".item-reason") (card.querySelector(".item-answer") || card).append(there);
    else if (there && part === ".item-tags") card.querySelector(".item-head").after(there);
    else if (there && part === ".answer > .wrong") card.querySelector(".answer > legend").after(there);
  }
}

// The try-it sheet scores as it is filled: the server answers the whole page, and the parts that tell results are taken over.
for (const form of document.querySelectorAll("form[data-live]")) {
  let waiting = null;
  let asked = null;
  async function rescore() {
    if (asked) asked.abort();
    asked = new AbortController();
    let answer;
    try {
      const reply = await fetch(form.action || location.href, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: asked.signal });
      answer = new DOMParser().parseFromString(await reply.text(), "text/html");
    } catch {
      return; // the button still works
    }
    for (const card of form.querySelectorAll(".item-card[id]")) {
      const told = answer.getElementById(card.id);
      if (!told) continue;
      card.className = told.className;
      takeResults(card, told);
    }
    for (const part of ["#live-result", ".save-score"]) {
      const there = answer.querySelector(part);
      if (there) document.querySelector(part).replaceWith(there);
    }
  }
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(rescore, 400); });
}

// A fault's line number leads to that line of the text below.
for (const link of document.querySelectorAll("a[data-line]")) {
  link.addEventListener("click", (event) => {
    const text = document.querySelector(link.hash);
    if (!text) return;
    event.preventDefault();
    const lines = text.value.split("\n");
    const line = Math.min(Number(link.dataset.line), lines.length) - 1;
    const start = lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
    text.closest("details").open = true;
    text.focus();
    text.setSelectionRange(start, start + lines[line].length);
    text.scrollTop = Math.max(0, (line - 3) * parseFloat(getComputedStyle(text).lineHeight));
    text.scrollIntoView({ block: "center" });
  });
}

// Scoring by keyboard.  Every key does what a control of the page does; assessment.js saves what it does.
"use strict";

const sheet = document.querySelector("form[data-scoring]");
if (sheet) beginScoring();

function beginScoring() {
  const cards = [...sheet.querySelectorAll('[data-place^="item."]')];
  const help = document.getElementById("scoring-keys");
  const on = document.getElementById("scoring-keys-on");
  const KEY = "cellcert-scoring-keys";
  let now = null;

  help.hidden = false;
  try { on.checked = localStorage.getItem(KEY) !== "off"; } catch { /* asked again next time */ }
  on.addEventListener("change", () => { try { localStorage.setItem(KEY, on.checked ? "on" : "off"); } catch { /* as above */ } });

  sheet.addEventListener("focusin", (event) => mark(event.target.closest("[data-place]")));

  function mark(card) {
    if (!cards.includes(card) || card === now) return;
    if (now) now.classList.remove("scoring-now");
    now = card;
    now.classList.add("scoring-now");
  }

  function to(card) {
    if (!card) return;
    mark(card);
    const head = card.querySelector(".item-card");
    head.tabIndex = -1;
    head.focus({ preventScroll: true });
    head.scrollIntoView({ block: "start" });
  }

  const press = (wish) => sheet.querySelector(`button[name=do][value="${wish}"]:not(:disabled)`)?.click();

  // One item on the page: the buttons lead on; all of them: the focus moves.
  function step(by) {
    if (cards.length === 1) return press(by > 0 ? "next" : "previous");
    to(now ? cards[cards.indexOf(now) + by] : cards[by > 0 ? 0 : cards.length - 1]);
  }

  function unscored() {
    if (cards.length === 1) return press("unscored");
    const left = new Set([...document.querySelectorAll(".still-open a[href^='#item-']")].map((link) => `item.${link.hash.slice(6)}`));
    const at = now ? cards.indexOf(now) : -1;
    to([...cards.slice(at + 1), ...cards.slice(0, at + 1)].find((card) => left.has(card.dataset.place)));
  }

  const fieldsOf = (card) => [...card.querySelectorAll("fieldset.answer input[name]")];

  function give(given) {
    if (!now || !given) return;
    const pairs = JSON.parse(given);
    let last = null;
    for (const field of fieldsOf(now)) {
      const mine = pairs.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "radio" || field.type === "checkbox") field.checked = mine.includes(field.value);
      else field.value = mine.length ? mine[0] : "";
      last = field;
    }
    if (last) last.dispatchEvent(new Event(last.type === "text" ? "input" : "change", { bubbles: true }));
  }

  // The nth choice; where there are none, the digit begins the number.
  function digit(event) {
    const fields = now ? fieldsOf(now) : [];
    const choices = fields.filter((field) => field.type === "radio" || field.type === "checkbox");
    const numbers = fields.filter((field) => field.type === "text");
    if (!choices.length && numbers.length) {
      numbers[0].focus();
      numbers[0].select();
      return; // the key goes on into the field
    }
    event.preventDefault();
    const choice = choices[Number(event.key) - 1];
    if (!choice) return;
    choice.focus();
    choice.click();
  }

  document.addEventListener("keydown", (event) => {
    if (!on.checked || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const typing = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
    if (typing && sheet.contains(event.target)) {
      if (event.key === "Escape") { event.preventDefault(); to(now); }
      else if (event.key === "Enter" && event.target.matches("input") && now) { event.preventDefault(); step(1); }
      return;
    }
    if (typing) return;
    if (/^[0-9]$/.test(event.key)) return digit(event);
    const act = {
      n: () => step(1),
      p: () => step(-1),
      u: unscored,
      f: () => give(now && now.dataset.full),
      z: () => give(now && now.dataset.nothing),
      c: () => now && now.querySelector("input[name^='comment.']").focus(),
      e: () => now && now.querySelector("details.proof > summary, .proof a")?.focus(),
      h: () => press("hand_in"),
      "?": () => { help.open = !help.open; help.querySelector("summary").focus(); },
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  if (cards.length === 1) to(cards[0]);
}

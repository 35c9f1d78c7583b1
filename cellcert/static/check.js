// One key, one act: the first check by keyboard alone.  Without this file the fields are reached with Tab.
"use strict";

const desk = document.querySelector("form[data-check]");
if (desk) keysOf(desk);

function keysOf(form) {
  const places = [...form.querySelectorAll("[data-place]")].filter((place) => place.querySelector(".item-card"));
  const help = document.getElementById("check-keys");
  const on = document.getElementById("check-keys-on");
  const KEPT = "cellcert:keys";
  let now = null;

  on.closest("p").hidden = false;
  try { on.checked = localStorage.getItem(KEPT) !== "off"; } catch { /* asked again the next time */ }
  on.addEventListener("change", () => { try { localStorage.setItem(KEPT, on.checked ? "on" : "off"); } catch { /* as above */ } });

  const placeOf = (node) => node instanceof Element ? node.closest("[data-place]") : null;
  const isOpen = (place) => { const chosen = place.querySelector(".verdict input:checked"); return !!chosen && chosen.value === ""; };

  function stand(place) {
    if (now === place || !places.includes(place)) return;
    now?.classList.remove("place-now");
    now = place;
    now.classList.add("place-now");
  }

  function go(place) {
    if (!place) return;
    stand(place);
    place.scrollIntoView({ block: "start" });
    const field = place.querySelector(".verdict input:checked, .verdict input, textarea");
    if (field) field.focus({ preventScroll: true });
    else { place.tabIndex = -1; place.focus({ preventScroll: true }); }
  }

  function step(by) {
    const at = places.indexOf(now);
    if (at < 0) return go(places[0]);
    go(places[Math.min(Math.max(at + by, 0), places.length - 1)]);
  }

  function nextOpen() {
    const at = places.indexOf(now);
    go([...places.slice(at + 1), ...places.slice(0, at + 1)].find(isOpen));
  }

  function judge(value) {
    const choice = now?.querySelector(`.verdict input[value="${value}"]`);
    if (!choice) return;
    if (!choice.checked) {
      choice.checked = true;
      choice.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (value === "fine") return step(1);
    const first = value === "correct" ? now.querySelector(".correction input:checked, .correction input") : null;
    const field = value ? first || now.querySelector("textarea[name^='reason.']") : choice;
    field?.focus();
  }

  form.addEventListener("focusin", (event) => { const place = placeOf(event.target); if (place) stand(place); });
  form.addEventListener("change", (event) => {
    if (!event.target.matches(".verdict input")) return;
    const details = placeOf(event.target).querySelector(".correction");
    if (details && event.target.checked) details.open = event.target.value === "correct";
  });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey) return;
    const typing = event.target.matches?.("textarea, select, input:not([type=radio], [type=checkbox])");
    if (typing) {
      if (event.key === "Escape") go(placeOf(event.target));
      else if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); step(1); }
      return;
    }
    if (event.ctrlKey || !on.checked) return;
    const does = {
      a: () => judge("fine"), c: () => judge("correct"), r: () => judge("return"), x: () => judge(""),
      j: () => step(1), k: () => step(-1), n: nextOpen, e: proofs, m: remark,
      ",": () => turn(-1), ".": () => turn(1), "?": () => { help.open = !help.open; },
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });

  function proofs() {
    const all = [...(now?.querySelectorAll("details.proof") || [])];
    const open = all.some((proof) => !proof.open);
    for (const proof of all) proof.open = open;
  }

  function turn(by) {
    now?.querySelector("details.proof[open][data-proof=pdf]")?.dispatchEvent(new CustomEvent("turn-page", { detail: by }));
  }

  function remark() {
    const field = now?.querySelector("textarea[name^='note.']");
    if (!field) return;
    field.closest("details").open = true;
    field.focus();
  }
}

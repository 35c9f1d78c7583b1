// A PDF dropped anywhere on the page is looked at. Without this script the file field does the same.
"use strict";

const place = document.querySelector("[data-drop]");
const field = place?.querySelector("input[type=file]");

if (field) {
  const hint = document.createElement("p");
  hint.className = "drop-hint";
  hint.textContent = place.dataset.drop;
  hint.hidden = true;
  place.append(hint);
  const files = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    hint.hidden = false;
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) hint.hidden = true; });
  document.addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    hint.hidden = true;
    field.files = event.dataTransfer.files;
    field.form.requestSubmit();
  });
}

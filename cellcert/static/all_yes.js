// Where several short questions are all answered yes, one press answers them; each can be changed afterwards.
"use strict";

const allYes = document.getElementById("all-yes-words")?.dataset;

const yesOf = (group) => group.querySelector(":scope > .choice > input[value=yes], :scope > .choices > .choice > input[value=yes]");

function offerAllYes(around, after, name, say = allYes.say) {
  const yes = [...around].map(yesOf);
  if (yes.length < 2 || yes.includes(null)) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-primary btn-sm";
  button.dataset.allYes = name;
  button.textContent = say;
  button.addEventListener("click", () => {
    for (const choice of yes) {
      if (choice.checked) continue;
      choice.checked = true;
      for (const kind of ["input", "change"]) choice.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  });
  const line = document.createElement("p");
  line.className = "all-yes no-print";
  line.append(button);
  after(line);
}

if (allYes) {
  for (const group of document.querySelectorAll("fieldset.answer:not(.answer-nested)")) {
    const parts = [...group.children].filter((one) => one.matches(".answer-nested"));
    offerAllYes(parts, (line) => parts.at(-1).after(line), "parts");
  }
  // What costs points, where several questions of the page ask for it: what is found is filled in, the rest in one press.
  const faults = [...document.querySelectorAll(".item-card:not(.item-penalty) fieldset.answer:not(.answer-nested)")].filter((one) => one.querySelector(":scope > .choice:first-of-type > input")?.name.endsWith(".checked"));
  offerAllYes(faults, (line) => faults.at(-1).closest("[data-place]").after(line), "faults", document.getElementById("saving-words").dataset.noFaults);
  const penalties = document.querySelectorAll(".item-penalty fieldset.answer");
  offerAllYes(penalties, (line) => [...penalties].at(-1).closest("[data-place]").after(line), "penalties", allYes.none);
  const short = document.querySelectorAll("[data-place^='prerequisite.'] fieldset.question");
  offerAllYes(short, (line) => [...short].at(-1).closest("[data-place]").after(line), "prerequisites");
}

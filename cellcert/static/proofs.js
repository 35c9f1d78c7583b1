// PDFs turn page by page where the item stands.  Without this file a link shows all pages.
"use strict";

const proofWords = document.getElementById("proof-words")?.dataset;
if (proofWords) for (const proof of document.querySelectorAll("details[data-proof]")) watchProof(proof);

function watchProof(proof) {
  const picture = proof.querySelector("img");
  const link = proof.querySelector(".proof-page");
  const tools = proof.querySelector(".proof-tools");
  let count = 0;
  let at = 1;

  function say(text) {
    let said = tools.querySelector(".proof-said");
    if (!text) { said?.remove(); return; }
    if (!said) {
      said = document.createElement("span");
      said.className = "proof-said";
      said.setAttribute("role", "status");
      tools.append(said);
    }
    said.textContent = text;
  }

  const wait = () => { if (!picture.complete || !picture.naturalWidth) link.dataset.loading = proofWords.loading; };
  picture.addEventListener("error", () => { delete link.dataset.loading; say(proofWords.busy); });
  picture.addEventListener("load", () => { delete link.dataset.loading; say(""); });
  wait();
  if (proof.dataset.proof !== "pdf") return;

  const pager = document.createElement("span");
  pager.className = "proof-pager d-inline-flex align-items-center gap-2";
  const [back, where, on] = [button(proofWords.previous, -1), document.createElement("span"), button(proofWords.next, 1)];
  where.setAttribute("aria-live", "polite");
  pager.append(back, where, on);

  function button(text, step) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-outline-primary btn-sm";
    made.textContent = text;
    made.addEventListener("click", () => turn(at + step));
    return made;
  }

  function turn(to) {
    at = Math.min(Math.max(to, 1), count);
    const address = `${proof.dataset.pages}/${at}`;
    picture.alt = picture.alt.replace(/\d+(?!.*\d)/, at);
    picture.src = link.href = address;
    wait();
    show();
  }

  function show() {
    where.textContent = proofWords.at.replace("{n}", at).replace("{of}", count);
    back.disabled = at <= 1;
    on.disabled = at >= count;
  }

  proof.addEventListener("turn-page", (event) => { if (count) turn(at + event.detail); });

  async function learn() {
    if (count || !proof.open) return;
    let told;
    try {
      const reply = await fetch(proof.dataset.pages, { headers: { "X-Requested-With": "XMLHttpRequest" }, redirect: "manual" });
      told = reply.ok ? await reply.json() : {};
    } catch { return; } // the link to all pages is still there
    if (told.refused) return say(told.refused);
    if (told.pages === 0) { link.hidden = true; return say(proofWords.broken); }
    if (!told.pages) return;
    count = told.pages;
    if (count > 1) { tools.prepend(pager); show(); }
  }

  // Asked for only when it comes into sight: a case has many files.
  const sight = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    sight.disconnect();
    learn();
  }, { rootMargin: "200px" });
  proof.addEventListener("toggle", () => { if (proof.open) learn(); });
  if (proof.open) sight.observe(proof);
}

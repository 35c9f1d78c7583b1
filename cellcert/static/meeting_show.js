// The wall: arrow keys turn the pages.  Without this file the links do.
"use strict";

const turns = { ArrowRight: "a[rel=next]", PageDown: "a[rel=next]", " ": "a[rel=next]", ArrowLeft: "a[rel=prev]", PageUp: "a[rel=prev]", Escape: "#show-end" };
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.key === "Home") {
    location.href = location.pathname.replace(/[0-9]+$/, "0");
    return;
  }
  const link = turns[event.key] && document.querySelector(turns[event.key]);
  if (!link || (event.key === " " && document.activeElement instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  link.click();
});

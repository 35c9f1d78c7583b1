// Sign on the glass: what the finger draws becomes the path of an SVG, which is sent with the form.
"use strict";

for (const pad of document.querySelectorAll("[data-sign]")) {
  const svg = pad.querySelector("svg");
  const path = svg.querySelector("path");
  const field = pad.closest("form").querySelector("input[name=line]");
  let drawing = false;
  let last = null;

  const place = (event) => {
    const box = svg.getBoundingClientRect();
    const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
    return [within(((event.clientX - box.left) / box.width) * 600, 600), within(((event.clientY - box.top) / box.height) * 200, 200)];
  };
  const add = (sign, [x, y]) => {
    if (field.value.length > 19900) return;
    field.value += `${sign}${x} ${y}`;
    path.setAttribute("d", field.value);
    last = [x, y];
  };

  pad.hidden = false;
  svg.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    try { svg.setPointerCapture(event.pointerId); } catch { /* a pen that is gone already */ }
    drawing = true;
    add("M", place(event));
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    const now = place(event);
    if (Math.hypot(now[0] - last[0], now[1] - last[1]) >= 3) add("L", now);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) svg.addEventListener(end, () => { drawing = false; });
  pad.querySelector("button").addEventListener("click", () => { field.value = ""; path.setAttribute("d", ""); });
}

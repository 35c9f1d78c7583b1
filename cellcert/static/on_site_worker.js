// Opens the record of a visit where there is no network.  The page puts itself and what it needs into the cache; this only reads it.
"use strict";

const PATIENCE = 5000; // milliseconds: a network that does not answer is none

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || request.headers.has("X-Requested-With") || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  if (!kept) return fetch(request);
  let end;
  const patience = new Promise((resolve) => { end = setTimeout(() => resolve(kept), PATIENCE); });
  const live = fetch(request).catch(() => kept);
  const first = await Promise.race([live, patience]);
  clearTimeout(end);
  return first;
}

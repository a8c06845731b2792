// Enhancements of the public and staff pages. Every page works without this file; hooks are data-* attributes.
import htmx from "htmx.org";
import { guardDoubleSubmit } from "./once.js";

// Strict CSP: htmx may neither inject a <style> nor evaluate text.
Object.assign(htmx.config, { includeIndicatorStyles: false, allowEval: false, allowScriptTags: false });
window.htmx = htmx;

guardDoubleSubmit(document);

// A session that ended answers a poll with the sign-in page: open it, never paste it into a panel.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL || location.href).pathname;
  if (answered === document.body.dataset.login) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

// [data-live-lost] appears while the page cannot refresh itself: old figures must not pass for fresh ones.
document.addEventListener("htmx:afterRequest", (event) => {
  for (const note of document.querySelectorAll("[data-live-lost]")) note.hidden = event.detail.successful;
});

// What updates itself must not close what somebody has opened, nor take the place of the keyboard; and what has not
// changed is left alone.
const shown = new WeakMap();
const summaries = (part) => [...part.querySelectorAll("details > summary")].map((each) => each.parentElement);
const nameOf = (details) => `${details.closest("section")?.getAttribute("aria-labelledby")} ${details.firstElementChild.textContent}`;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { target } = detail;
  if (target.id !== "live" || !detail.shouldSwap) return;
  const text = detail.xhr.responseText;
  if (shown.get(document.body) === text) detail.shouldSwap = false;
  shown.set(document.body, text);
  shown.set(document, {
    open: summaries(target).filter((details) => details.open).map(nameOf),
    focus: target.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null,
  });
});
document.addEventListener("htmx:afterSwap", () => {
  const live = document.getElementById("live");
  const before = shown.get(document);
  if (!live || !before) return;
  for (const details of summaries(live)) if (before.open.includes(nameOf(details))) details.open = true;
  if (before.focus) live.querySelector(`a[href="${CSS.escape(before.focus)}"]`)?.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-print], [data-copy]");
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target)) menu.open = false;
  if (!target) return;
  if ("print" in target.dataset) window.print();
  if ("copy" in target.dataset) navigator.clipboard?.writeText(target.dataset.copy);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A filter form that sends itself when a choice changes; its button stays for those without JavaScript.
document.addEventListener("change", (event) => {
  if (event.target.matches("form[data-autosubmit] select, form[data-autosubmit] input[type=date]"))
    event.target.form.requestSubmit();
});

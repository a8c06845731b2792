// Small comforts on the leader's phone. Every form works without this file.
import { guardDoubleSubmit } from "./once.js";

guardDoubleSubmit(document);

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (step) {
    // Without JavaScript the button asks the server for the next number.
    event.preventDefault();
    const input = step.closest(".stepper").querySelector("input");
    const by = Number(step.dataset.step);
    const next = Math.max(Number(input.min || 0), (Number(input.value) || 0) + by);
    input.value = String(input.max ? Math.min(Number(input.max), next) : next);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (event.target.closest("[data-tap]")) navigator.vibrate?.(12);
});

// "Undo" is offered for a while only; after that the line can still be voided from the list.
for (const note of document.querySelectorAll("[data-expires]"))
  setTimeout(() => note.remove(), Number(note.dataset.expires) * 1000);

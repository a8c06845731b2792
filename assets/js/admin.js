// What the admin's theme leaves nameless gets the name of its field's label, for people who hear the page: search boxes
// (select2 names them after their own, empty, content) and the two halves of a moment. Also in rows that are added later.
const SEARCH_BOX = ".select2-container";
const HALF_OF_MOMENT = ".datetime input";

const textOf = (element) => element?.textContent.replace(/[\s*]+/g, " ").trim();
const labelOf = (id) => textOf(document.querySelector(`label[for="${CSS.escape(id)}"]`));

function nameSearchBox(box) {
  const select = box.previousElementSibling;
  const text = select && (labelOf(select.id) || select.closest("td")?.dataset.label || select.title);
  if (!text) return;
  for (const part of box.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]")) {
    part.setAttribute("aria-label", text);
    part.removeAttribute("aria-labelledby");
  }
}

function nameHalf(input) {
  if (input.labels.length) return;
  input.setAttribute("aria-label", `${labelOf(input.id.replace(/_[01]$/, "")) ?? ""} ${input.placeholder}`.trim());
}

function name(part) {
  for (const [selector, give] of [[SEARCH_BOX, nameSearchBox], [HALF_OF_MOMENT, nameHalf]]) {
    if (part.matches(selector)) give(part);
    part.querySelectorAll(selector).forEach(give);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  name(document.body);
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) name(node);
  }).observe(document.body, { childList: true, subtree: true });
});

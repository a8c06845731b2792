// What the admin's theme leaves nameless gets the name of its field's label, for people who hear the page: search boxes
// (select2 names them after their own, empty, content) and the two halves of a moment. Also in rows that are added later.
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

// The theme's switch of the sidebar can only be clicked.
function makeButton(toggle) {
  Object.assign(toggle, { tabIndex: 0, role: "button", ariaLabel: "Menu" });
  toggle.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    toggle.click();
  });
}

const MENDS = [
  [".select2-container", nameSearchBox],
  [".datetime input", nameHalf],
  ["[x-on\\:click='sidebarToggle()']", makeButton],
];

function mend(part) {
  for (const [selector, give] of MENDS) {
    if (part.matches(selector)) give(part);
    part.querySelectorAll(selector).forEach(give);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  mend(document.body);
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) mend(node);
  }).observe(document.body, { childList: true, subtree: true });
});

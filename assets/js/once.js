// A second tap on a slow network must not send the form twice. The server counts it once anyway; this spares the wait.
export function guardDoubleSubmit(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    // An answer that never comes must leave the form usable.
    setTimeout(() => release(form), 8000);
  });
  // The browser's back button restores the page as it was left.
  window.addEventListener("pageshow", () => {
    for (const form of root.querySelectorAll("form[data-sent]")) release(form);
  });
}

function release(form) {
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
}

// The board of a day: cards are dragged to another point, or moved by the menu on each card. The page works without this
// file: the menu is then a link to the form. Each move is one POST, answered with the board as it is now.
const board = () => document.getElementById("plan-board");
const dialog = document.querySelector("[data-board-dialog]");
const said = document.querySelector("[data-board-said]");
const find = document.querySelector("[data-board-find]");
let dragged = null;
let moved = null;

// to: {point: a column's key}, or {place: the name that was typed}.
function move(card, to) {
  if (card.closest("[data-point]").dataset.point === to.point) return;
  const token = board().querySelector("[name=csrfmiddlewaretoken]").value;
  board().setAttribute("aria-busy", "true");
  window.htmx.ajax("POST", card.dataset.move, {
    target: "#plan-board",
    swap: "outerHTML",
    values: { ...to, seen: card.dataset.seen, csrfmiddlewaretoken: token },
    source: card,
  });
  moved = card.id;
}

// Somebody was quicker: the answer says so, and shows the board as it is.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.status === 409) Object.assign(detail, { shouldSwap: true, isError: false });
});
document.addEventListener("htmx:afterSettle", () => {
  said.textContent = board().dataset.said;
  narrow();
  // A card that went to a point of another page is out of sight: the search finds it.
  if (moved) (document.getElementById(moved)?.querySelector("[data-board-move]") ?? find.querySelector("input")).focus();
  moved = null;
});

// --- dragging -----------------------------------------------------------------------------------------------------
const columnAt = (event) => (dragged ? event.target.closest?.("[data-point]") : null);
function light(column) {
  for (const each of document.querySelectorAll(".column.over")) if (each !== column) each.classList.remove("over");
  column?.classList.add("over");
}
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-move]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.team);
  dragged.classList.add("dragged");
});
document.addEventListener("dragover", (event) => {
  const column = columnAt(event);
  light(column);
  if (column) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const column = columnAt(event);
  if (!column) return;
  event.preventDefault();
  move(dragged, { point: column.dataset.point });
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = null;
  light(null);
});

// --- the menu: keyboard, touch, screen reader -----------------------------------------------------------------------
// A list of the points; where there are too many, a text that suggests some.
const target = dialog?.querySelector("[name=point]");
let chosen = null;
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-board-move]");
  if (!link || !dialog || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  chosen = link.closest("[data-move]");
  dialog.querySelector("[data-board-team]").textContent = chosen.dataset.team;
  target.value = target.matches("select") ? chosen.closest("[data-point]").dataset.point : "";
  dialog.returnValue = "";
  dialog.showModal();
});
dialog?.addEventListener("close", () => {
  if (dialog.returnValue === "move" && chosen) move(chosen, { [target.matches("select") ? "point" : "place"]: target.value });
  chosen = null;
});

// --- finding --------------------------------------------------------------------------------------------------------
const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d");
function narrow() {
  // Of several pages the server finds: what is not on this one is not missing.
  if (!("whole" in board().dataset)) return;
  const words = plain(find.querySelector("input").value).split(/\s+/).filter(Boolean);
  for (const column of board().querySelectorAll(".column")) {
    const head = plain(column.querySelector("h2").textContent);
    const inHead = words.every((word) => head.includes(word));
    let shown = 0;
    for (const card of column.querySelectorAll(".team-card")) {
      card.hidden = !inHead && !words.every((word) => plain(card.textContent).includes(word));
      shown += card.hidden ? 0 : 1;
    }
    column.hidden = words.length > 0 && !inHead && shown === 0;
  }
}
find.addEventListener("input", narrow);

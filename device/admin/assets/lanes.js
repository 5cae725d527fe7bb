import { L, put, setHidden, sentence, watch } from "/assets/common.js";

// The lanes: their state as it changes, and a code tried by hand.

const sheets = new Map();
for (const node of document.querySelectorAll("[data-lane]")) sheets.set(node.dataset.lane, node);

const part = (node, name) => node.querySelector("[data-f=" + name + "]");

// busy tells whether somebody is in the middle of something that a fresh page
// would take away.
function busy() {
  if ([...document.querySelectorAll("details[open] input")].some((field) => field.value !== "")) return true;
  return !document.querySelector("#problem").hidden || !document.querySelector("#done").hidden;
}

function drawState(node, open, checking) {
  const state = part(node, "state");
  const shape = !open ? "refuse" : checking ? "hold" : "admit";
  state.dataset.verdict = shape;
  state.querySelector("use").setAttribute("href", "#s-" + shape);
  put(part(node, "word"), !open ? L.lanes_closed : checking ? L.lanes_checking : L.lanes_open);
}

function drawReader(node, reader) {
  const field = part(node, "reader");
  const well = { up: "ok", virtual: "ok", waiting: "warning" };
  field.dataset.state = well[reader.state] || "critical";
  put(field, reader.detail || L["reader_" + reader.state] || reader.state);
}

watch({
  status(st) {
    let changed = st.lanes.length !== sheets.size;
    for (const lane of st.lanes) {
      const node = sheets.get(lane.name);
      if (!node) {
        changed = true;
        continue;
      }
      const checking = Boolean(lane.checking);
      drawState(node, lane.open, checking);
      drawReader(node, lane.reader);
      if (String(lane.open) !== node.dataset.open || String(checking) !== node.dataset.checking) changed = true;
    }
    // The buttons are of the state the page was made in.
    if (changed && !busy()) location.reload();
  },
});

/* A code by hand: looked at first, and scanned only on the other button. */

for (const form of document.querySelectorAll("form[data-scan]")) {
  const look = form.dataset.api;
  let real = false;
  form.addEventListener("click", (e) => {
    const button = e.target.closest("button");
    if (!button) return;
    real = "real" in button.dataset;
    form.dataset.api = real ? form.dataset.scan : look;
  });
  form.querySelector("input").addEventListener("keydown", (e) => {
    if (e.key !== "Enter") return;
    real = false; // a keyboard reader ends its code with Enter: look, and let nobody in
    form.dataset.api = look;
  });
  form.addEventListener("answered", (e) => {
    e.preventDefault();
    draw(form.querySelector(".answer"), e.detail, real);
  });
}

function draw(answer, d, real) {
  const shape = ["admit", "refuse", "hold"].includes(d.verdict) ? d.verdict : "hold";
  answer.dataset.verdict = shape;
  answer.querySelector("use").setAttribute("href", "#s-" + shape);
  const label = d.repeat ? L.lanes_repeat : real ? L.lanes_was : L.lanes_would;
  put(part(answer, "word"), sentence(label, L[d.verdict] || d.verdict));
  put(part(answer, "head"), d.headline);
  put(part(answer, "detail"), [d.ticket && d.ticket.holder, d.ticket && d.ticket.product, d.detail].filter(Boolean).join(" · "));
  const story = part(answer, "story");
  const known = d.ticket && d.account;
  if (known) story.href = "/tickets/" + encodeURIComponent(d.account) + "/" + encodeURIComponent(d.ticket.id);
  setHidden(story, !known);
  setHidden(answer, false);
}

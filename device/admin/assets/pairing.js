import { L, $, ask, act, complain, confirmDone, number, put, sentence, setHidden, soon, span, stationNow, watch } from "/assets/common.js";

// The accounts: how far their lists are, and pairing. Neither a code nor a key
// is ever shown, and none stays in a field once it has been sent.

/* Lists as they come. */

const sheets = new Map();
for (const node of document.querySelectorAll("[data-account]")) sheets.set(node.dataset.account, node);

function drawSweep(node, sweep) {
  const part = (name) => node.querySelector("[data-f=" + name + "]");
  const was = !part("sweep").hidden;
  setHidden(part("sweep"), !sweep.running);
  const bar = part("progress");
  if (sweep.total > 0) {
    bar.max = sweep.total;
    bar.value = sweep.done;
    put(part("sweeping"), L.accounts_sweeping_of.replace("%s", () => number(sweep.done) + " / " + number(sweep.total)));
  } else {
    bar.removeAttribute("value");
    put(part("sweeping"), L.accounts_sweeping);
  }
  return was && !sweep.running;
}

// busy tells whether somebody is choosing or typing something that a fresh page
// would take away.
function busy() {
  const changed = [...document.querySelectorAll("main input")].some((f) => (f.type === "checkbox" ? f.checked !== f.defaultChecked : f.value !== f.defaultValue));
  return changed || !$("problem").hidden || (waiting !== null) || document.querySelector("details[open]") !== null;
}

watch({
  status(st) {
    let over = false;
    for (const account of st.accounts) {
      const node = sheets.get(account.name);
      if (node) over = drawSweep(node, account.sweep) || over;
      else over = true;
    }
    if (over && !busy()) location.reload();
  },
  event(kind, data) {
    if (kind === "pairing") draw(data);
  },
});

/* Pairing at a reader. */

let state = null;
let waiting = null; // a code that was pasted or photographed and whose host somebody must confirm: how to send it again
let asked = 0;

const levels = { idle: "", armed: "warning", confirm: "warning", pairing: "warning", paired: "ok", failed: "critical" };
const sayings = { idle: "pairing_idle", armed: "pairing_armed", confirm: "pairing_confirm", pairing: "pairing_busy", paired: "pairing_paired", failed: "pairing_failed" };

async function look() {
  if (!$("desk")) return;
  const turn = ++asked;
  try {
    const now = await ask("/api/v1/pairing");
    if (turn === asked) draw(now);
  } catch (e) {
    // the next look tells
  }
}

function draw(s) {
  if (!$("desk") || !s || !s.phase) return;
  const before = state;
  state = s;
  const word = $("pair-word");
  word.dataset.state = levels[s.phase] || "";
  put(word, s.phase === "armed" && s.first ? L.pairing_first : L[sayings[s.phase]] || s.phase);
  const more = [];
  if (s.host) more.push(sentence(L.pairing_at, s.host));
  if (s.lane) more.push(sentence(L.pairing_from_lane, s.lane));
  if (s.phase === "paired" && (s.name || s.tenant)) more.push(sentence(L.pairing_as, [s.name, s.tenant].filter(Boolean).join(", ")));
  if (s.message) more.push(s.message);
  put($("pair-more"), more.join(" "));
  put($("pair-hint"), s.hint);
  const armed = s.first || Boolean(s.until) || ["armed", "confirm"].includes(s.phase);
  setHidden($("pair-disarm"), !armed);
  setHidden($("pair-arm"), armed || s.phase === "pairing");
  if (s.phase === "confirm" && s.host) {
    if (!reading(s.host)) question(s.host, s.shown || "", null);
  } else if (waiting === null) setHidden($("pair-confirm"), true);
  left();
  // A new account or a new name is on a fresh page.
  if (before && before.phase !== "paired" && s.phase === "paired" && !busy()) setTimeout(() => location.reload(), 2500);
}

function left() {
  if (!$("desk")) return;
  const until = state && state.until ? Date.parse(state.until) : 0;
  const seconds = Math.ceil((until - stationNow()) / 1000);
  put($("pair-left"), until && seconds > 0 ? sentence(L.pairing_left, span(seconds)) : "");
  if (until && seconds < 0 && seconds > -3) look();
}

/* The question whose host a code is for. */

const looked = 1000; // ms that another host stands there before it can be agreed to
let held = 0; // until when, by performance.now()
let sending = false;

// reading tells whether somebody may be reading a question that this host's must
// not replace.
const reading = (host) => waiting !== null || (!$("pair-confirm").hidden && $("pair-confirm").dataset.host !== host);

function lock() {
  for (const b of document.querySelectorAll("form[data-pair] button, #pair-confirm button")) b.disabled = sending;
  if (performance.now() < held) $("confirm-yes").disabled = true;
}

function question(host, shown, again) {
  const box = $("pair-confirm");
  const fresh = box.hidden || box.dataset.host !== host;
  if (box.dataset.host && box.dataset.host !== host) {
    held = performance.now() + looked;
    setTimeout(lock, looked + 50);
  }
  waiting = again;
  box.dataset.host = host;
  put($("confirm-host"), host);
  put($("confirm-unicode"), shown);
  setHidden($("confirm-shown"), !shown || shown === host);
  put($("confirm-yes"), sentence(L.pairing_confirm_button, host));
  lock();
  setHidden(box, false);
  if (fresh) box.focus();
}

function forget() {
  waiting = null;
  setHidden($("pair-confirm"), true);
  for (const field of document.querySelectorAll("form[data-pair] input")) field.value = "";
}

if ($("pair-confirm")) {
  $("confirm-yes").addEventListener("click", async () => {
    const host = $("pair-confirm").dataset.host;
    if (waiting) {
      const again = waiting;
      await send(again.form, host);
      return;
    }
    const s = await act($("confirm-yes"), "/api/v1/pairing/confirm", { host });
    if (s) {
      forget();
      draw(s);
    } else {
      setHidden($("pair-confirm"), true); // perhaps another code waits by now
      look();
    }
  });
  $("confirm-no").addEventListener("click", async () => {
    const atReader = waiting === null;
    forget();
    if (!atReader) return;
    const s = await act($("confirm-no"), "/api/v1/pairing/disarm");
    if (s) draw(s);
  });
}

/* A code that is pasted, uploaded or photographed. */

function bodyOf(form, host) {
  if (form.dataset.pair === "code") {
    const body = { code: form.querySelector("input").value };
    if (host) body.confirm_host = host;
    return JSON.stringify(body);
  }
  const data = new FormData();
  if (host) data.append("confirm_host", host);
  data.append("image", form.querySelector("input").files[0]);
  return data;
}

async function send(form, host) {
  sending = true;
  lock();
  try {
    const paired = await ask("/api/v1/pair", { method: "POST", body: bodyOf(form, host) });
    forget();
    confirmDone(L.pairing_paired + " " + sentence(L.pairing_as, [paired.name, paired.tenant, paired.host].filter(Boolean).join(", ")));
    setTimeout(() => location.reload(), 2500);
  } catch (e) {
    const details = e.answer && e.answer.error && e.answer.error.details;
    if (e.code === "confirm_host" && details && details.host) {
      question(details.host, details.shown || "", { form });
    } else {
      forget();
      complain(e.message);
    }
  } finally {
    sending = false;
    lock();
    soon();
  }
}

for (const form of document.querySelectorAll("form[data-pair]")) {
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    send(form, "");
  });
}

for (const id of ["pair-arm", "pair-disarm"]) {
  if (!$(id)) continue;
  $(id).addEventListener("answered", (e) => {
    waiting = null;
    draw(e.detail);
  });
}

look();
setInterval(left, 1000);
setInterval(look, 10000);

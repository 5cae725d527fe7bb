// The set-up: what needs more than a form. It learns a reader by listening,
// shows the lines to write where the page may not write the configuration,
// follows pairing, and tells what the gate said of the test ticket.

import { $, L, act, ask, clone, complain, put, sentence, setHidden, watch } from "/assets/common.js";

/* A change of the configuration: written, or to be written by hand. */

function follow(e) {
  const saved = e.detail;
  if (!saved || saved.written === undefined) return;
  if (saved.written) {
    // The station reads the file a moment after it was written.
    if ((e.currentTarget.dataset.then || "reload") === "reload") {
      e.preventDefault();
      setTimeout(() => location.reload(), 700);
    }
    return;
  }
  e.preventDefault();
  byHand(saved);
}

for (const form of document.querySelectorAll("form[data-api]")) form.addEventListener("answered", follow);

function byHand(saved) {
  put($("by-hand-why"), saved.why === "readonly" ? L.setup_byhand_readonly : L.setup_byhand_foreign);
  put($("by-hand-file"), saved.file);
  put($("by-hand-lines"), saved.lines);
  setHidden($("by-hand"), false);
  $("by-hand").focus();
}

for (const button of document.querySelectorAll("[data-remove]")) {
  button.addEventListener("click", async () => {
    if (!window.confirm(button.dataset.sure)) return;
    const saved = await act(button, button.dataset.remove, {});
    if (!saved) return;
    if (saved.written) setTimeout(() => location.reload(), 700);
    else byHand(saved);
  });
}

/* Passwords are typed twice. */

for (const again of document.querySelectorAll("[data-same]")) {
  const first = $(again.dataset.same);
  const compare = () => again.setCustomValidity(again.value === first.value ? "" : again.dataset.differs);
  again.addEventListener("input", compare);
  first.addEventListener("input", compare);
}

/* Readers. */

function drawReaders(found) {
  const list = $("readers");
  const rows = found.readers.filter((r) => r.looks !== "other");
  list.replaceChildren(...rows.map((r) => {
    const { root, f } = clone("t-reader");
    put(f.what, r.what);
    const used = r.lanes.map((l) => sentence(L.setup_taken, l));
    put(f.looks, [r.looks === "reader" ? L.setup_looks_reader : L.setup_looks_maybe, ...used].join(" · "));
    put(f.denied, r.denied);
    setHidden(f.denied, !r.denied);
    put(f.address, r.address);
    put(f.use, L.setup_use);
    f.use.setAttribute("aria-label", L.setup_use + ": " + r.what);
    f.use.addEventListener("click", () => choose(r.address));
    put(f.listen, L.setup_listen_to);
    f.listen.setAttribute("aria-label", L.setup_listen_to + ": " + r.what);
    setHidden(f.listen, r.looks === "reader" || r.lanes.length > 0 || !!r.denied || r.kind === "camera");
    f.listen.addEventListener("click", () => learn(r.address));
    return root;
  }));
  setHidden($("no-readers"), rows.length > 0);
}

function choose(address) {
  const field = $("lane-reader");
  field.value = address;
  field.focus();
}

let drawn = "";

async function lookForReaders() {
  try {
    const found = await ask("/api/v1/setup/readers");
    const now = JSON.stringify(found);
    if (now !== drawn) drawReaders(found);
    drawn = now;
  } catch (e) {
    if (!drawn) complain(e.message);
  }
}

function drawLearning(state) {
  setHidden($("learning"), false);
  put($("learn-say"), state.running ? L.setup_listening : state.lesson ? "" : L.setup_nothing_heard);
  setHidden($("learn-say"), !$("learn-say").textContent);
  $("learn-notes").replaceChildren(...state.notes.map((note) => {
    const li = document.createElement("li");
    put(li, note);
    return li;
  }));
  setHidden($("layout"), !(state.typing && state.running));
  if (state.lesson) drawLesson(state.lesson);
}

function drawLesson(lesson) {
  setHidden($("lesson"), false);
  put($("lesson-what"), sentence(L.setup_learned, lesson.what));
  put($("lesson-address"), lesson.address);
  put($("lesson-end"), lesson.terminator + (lesson.layouts.length ? " · " + L.setup_layouts + " " + lesson.layouts.join(", ") : ""));
  put($("lesson-code"), [lesson.symbology, lesson.bytes + " B", lesson.content].filter(Boolean).join(" · "));
  $("lesson-advice").replaceChildren(...lesson.advice.map((words) => {
    const li = document.createElement("li");
    put(li, words);
    return li;
  }));
  $("lane-reader").value = lesson.address;
}

async function learn(address) {
  $("learn").disabled = true;
  setHidden($("lesson"), true);
  try {
    let state = await ask("/api/v1/setup/learn", { method: "POST", body: JSON.stringify({ address }) });
    drawLearning(state);
    while (state.running) {
      state = await ask("/api/v1/setup/learn?after=" + state.seq);
      drawLearning(state);
    }
  } catch (e) {
    complain(e.message);
  } finally {
    $("learn").disabled = false;
  }
}

if ($("learn")) {
  $("learn").addEventListener("click", () => learn(""));
  lookForReaders();
  setInterval(lookForReaders, 3000);
}

/* Lamps. */

if ($("lamp")) {
  $("lamp").addEventListener("click", async () => {
    if (await act($("lamp"), "/api/v1/lanes/" + encodeURIComponent($("lamp").dataset.lane) + "/test", {})) setHidden($("lamp-ask"), false);
  });
  $("lamp-no").addEventListener("click", () => setHidden($("lamp-advice"), false));
}

/* Keys of platforms that do not pair. */

if ($("key-platform")) {
  const fit = () => {
    const chosen = $("key-platform").selectedOptions[0];
    if (!chosen) return;
    setHidden($("field-user"), chosen.dataset.user !== "true");
    setHidden($("field-title"), chosen.dataset.title !== "true");
    $("key-user").disabled = chosen.dataset.user !== "true";
    $("key-title").disabled = chosen.dataset.title !== "true";
  };
  $("key-platform").addEventListener("change", fit);
  fit();
}

/* Pairing. */

const looked = 1000; // ms that another host stands there before it can be agreed to

function askAbout(host) {
  const before = $("pair-host").value;
  if (before === host) return;
  $("pair-host").value = host;
  if (!before) return;
  const agree = $("pair-confirm").querySelector("button");
  agree.disabled = true;
  setTimeout(() => {
    if ($("pair-host").value === host) agree.disabled = false;
  }, looked);
}

function drawPairing(state) {
  const words = {
    idle: L.setup_pair_idle, armed: L.setup_pair_armed, confirm: sentence(L.setup_pair_confirm, state.host), pairing: L.setup_pair_pairing,
    paired: sentence(L.setup_pair_paired, state.tenant || state.account || state.host), failed: L.setup_pair_failed,
  };
  $("pair-state").dataset.phase = state.phase;
  put($("pair-state"), words[state.phase] || "");
  put($("pair-hint"), [state.message, state.hint].filter(Boolean).join(" "));
  setHidden($("pair-confirm"), state.phase !== "confirm");
  setHidden($("pair-stop"), state.phase !== "armed" && state.phase !== "confirm");
  if (state.phase === "confirm") askAbout(state.host || "");
}

async function followPairing() {
  try {
    drawPairing(await ask("/api/v1/pairing"));
  } catch (e) {
    // The next event tells.
  }
}

async function pairWith(confirmHost) {
  const file = $("pair-image").files[0];
  const code = $("pair-code").value.trim();
  if (!file && !code) return;
  const form = new FormData();
  if (file) form.append("image", file);
  else form.append("code", code);
  if (confirmHost) form.append("confirm_host", confirmHost);
  try {
    await ask("/api/v1/pair", { method: "POST", body: form });
    $("pair-code").value = "";
    location.assign("/setup/event");
  } catch (e) {
    const details = e.answer && e.answer.error && e.answer.error.details;
    if (e.code === "confirm_host" && details && !confirmHost) {
      if (window.confirm(sentence(L.setup_confirm_host, details.shown || details.host))) await pairWith(details.host);
      return;
    }
    complain(e.message);
  }
}

if ($("pair-state")) {
  followPairing();
  $("pair-paste").addEventListener("submit", (e) => {
    e.preventDefault();
    pairWith("");
  });
  for (const id of ["pair-confirm", "pair-stop"]) $(id).addEventListener("answered", () => setTimeout(followPairing, 200));
  document.querySelector('[data-api="/api/v1/pairing/arm"]').addEventListener("answered", () => setTimeout(followPairing, 200));
}

/* The test ticket. */

function drawScan(d) {
  const words = { admit: L.setup_scan_admit, refuse: L.setup_scan_refuse, hold: L.setup_scan_hold };
  $("scan-now").dataset.verdict = d.verdict;
  $("scan-shape").setAttribute("href", "#s-" + d.verdict);
  put($("scan-word"), words[d.verdict] || d.verdict);
  put($("scan-head"), d.headline || d.message);
  put($("scan-detail"), d.detail || "");
  put($("scan-explain"), d.verdict === "admit" ? "" : L.setup_try_other);
  setHidden($("scan-wait"), true);
  setHidden($("scan-said"), false);
}

watch({
  checkin: (d) => {
    if ($("scan-now")) drawScan(d);
  },
  event: (kind, data) => {
    if (kind === "pairing" && $("pair-state")) drawPairing(data);
  },
});

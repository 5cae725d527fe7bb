// What every page of staff has: the badges in its head, the events as they
// fall, and forms that speak to the API. Whatever comes from the station is
// written with textContent, never as markup.

export const L = JSON.parse(document.getElementById("labels").textContent);
export const $ = (id) => document.getElementById(id);

const statusEvery = 5000; // ms between two looks at the whole status
const silenceLost = 12000; // ms without an answer after which the page says so
const rank = { critical: 0, warning: 1, info: 2 };

/* Small tools. */

// plain shows characters that would turn round or hide their neighbours by
// their number, as the station does in what it writes itself.
export function plain(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffd]|[\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu,
    (c) => "‹U+" + c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") + "›");
}

export function put(node, text) {
  const t = text === null || text === undefined ? "" : plain(String(text));
  if (node.textContent !== t) node.textContent = t;
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

export function clone(id) {
  const root = $(id).content.firstElementChild.cloneNode(true);
  const f = {};
  for (const node of root.querySelectorAll("[data-f]")) f[node.dataset.f] = node;
  return { root, f };
}

export function number(n) {
  return Number(n).toLocaleString(document.documentElement.lang);
}

export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return s + " s";
  const m = Math.round(s / 60);
  if (m < 90) return m + " min";
  const h = Math.floor(m / 60);
  if (h < 48) return h + " h" + (m % 60 ? " " + (m % 60) + " min" : "");
  return Math.round(h / 24) + " " + L.unit_day;
}

export const sentence = (label, word) => label.replace("%s", () => word);

/* Asking the station. */

export async function ask(path, options) {
  const answer = await fetch(path, { headers: { Accept: "application/json" }, cache: "no-store", ...options });
  if (answer.status === 401) {
    location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
    throw new Error("logged out");
  }
  const value = await answer.json().catch(() => null);
  if (!answer.ok) {
    const e = (value && value.error) || { code: "", message: L.failed, hint: "" };
    const fault = new Error([e.message, e.hint].filter(Boolean).join(" "));
    fault.code = e.code;
    fault.answer = value;
    throw fault;
  }
  return value;
}

let problemTimer = null;

export function complain(words) {
  put($("problem"), words);
  setHidden($("problem"), false);
  setHidden($("done"), true);
  clearTimeout(problemTimer);
  problemTimer = setTimeout(() => setHidden($("problem"), true), 20000);
  $("problem").scrollIntoView({ block: "nearest" });
}

export function confirmDone(words) {
  put($("done"), words);
  setHidden($("done"), false);
  setHidden($("problem"), true);
  setTimeout(() => setHidden($("done"), true), 8000);
}

export async function act(button, path, body) {
  button.disabled = true;
  try {
    const value = await ask(path, { method: "POST", body: body === undefined ? undefined : JSON.stringify(body) });
    setHidden($("problem"), true);
    return value;
  } catch (e) {
    complain(e.message);
    return null;
  } finally {
    button.disabled = false;
    soon();
  }
}

/* Forms that speak to the API.

   <form data-api="/api/v1/…" data-then="reload|/path|stay" data-done="words" data-sure="question">
   sends its fields as one JSON object. A field with data-as="number" goes as a
   number, a checkbox as true or false, fields whose name ends in [] as a list.
   An event "answered" with the answer in detail is dispatched on the form first;
   whoever prevents its default does the rest. */

function valuesOf(form) {
  const out = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled) continue;
    if (field.name.endsWith("[]")) {
      const name = field.name.slice(0, -2);
      out[name] = out[name] || [];
      if (field.type !== "checkbox" || field.checked) out[name].push(field.value);
    } else if (field.type === "checkbox") {
      out[field.name] = field.checked;
    } else if (field.type === "radio") {
      if (field.checked) out[field.name] = field.value;
    } else {
      out[field.name] = field.dataset.as === "number" ? Number(field.value) : field.value;
    }
  }
  return out;
}

async function submit(form, submitter) {
  if (form.dataset.sure && !window.confirm(form.dataset.sure)) return;
  const buttons = [...form.querySelectorAll("button")];
  for (const b of buttons) b.disabled = true;
  const values = valuesOf(form);
  if (submitter && submitter.name) values[submitter.name] = submitter.value;
  try {
    const value = await ask(form.dataset.api, { method: "POST", body: JSON.stringify(values) });
    const answered = new CustomEvent("answered", { detail: value, cancelable: true });
    if (!form.dispatchEvent(answered)) return;
    const then = form.dataset.then || "reload";
    if (then === "stay") confirmDone(form.dataset.done || L.done);
    else if (then === "reload") location.reload();
    else location.assign(then);
  } catch (e) {
    const failed = new CustomEvent("failed", { detail: e, cancelable: true });
    if (form.dispatchEvent(failed)) complain(e.message);
  } finally {
    for (const b of buttons) b.disabled = false;
    soon();
  }
}

document.addEventListener("submit", (e) => {
  if (!e.target.dataset.api) return;
  e.preventDefault();
  submit(e.target, e.submitter);
});

/* The station's clock, as it last told it. */

let clockBase = null;
let clockFormat = null;
let minuteFormat = null;

export function stationNow() {
  return clockBase ? clockBase.at + (performance.now() - clockBase.asked) : Date.now();
}

// timeOfDay tells a moment to the minute as the station's clock shows it.
export function timeOfDay(moment) {
  return minuteFormat ? minuteFormat(moment) : "";
}

// formatter writes moments in the station's zone. A zone without a name that the
// browser knows is told by how far it is from UTC.
function formatter(style, clock) {
  try {
    const f = new Intl.DateTimeFormat(document.documentElement.lang, { ...style, timeZone: clock.zone });
    return (moment) => f.format(moment);
  } catch (e) {
    const f = new Intl.DateTimeFormat(document.documentElement.lang, { ...style, timeZone: "UTC" });
    return (moment) => f.format(new Date(moment.getTime() + clock.offset_s * 1000));
  }
}

function drawClock() {
  if (!clockBase) return;
  put($("clock"), clockFormat ? clockFormat(new Date(stationNow())) : clockBase.local);
}

function setClock(clock) {
  clockBase = { at: Date.parse(clock.now), asked: performance.now(), local: clock.local };
  if (!clockFormat) {
    clockFormat = formatter({ timeStyle: "medium", dateStyle: "full" }, clock);
    minuteFormat = formatter({ timeStyle: "short" }, clock);
  }
  setHidden($("clock-unsure"), clock.trusted);
  drawClock();
}

/* Status and events. A page says with watch what it wants to hear of:
   status(st), checkin(decision), and event(kind, data) for all other kinds. */

const watchers = [];

export function watch(w) {
  watchers.push(w);
}

function tell(what, ...args) {
  for (const w of watchers) if (w[what]) w[what](...args);
}

function drawHead(st) {
  setClock(st.clock);
  const ready = $("ready");
  put(ready, st.ready ? L.ready : L.not_ready);
  ready.className = "badge " + (st.ready ? "good" : "bad");
  ready.title = (st.not_ready || []).join("\n");
  setHidden(ready, false);
  const serious = st.conditions.filter((c) => c.severity !== "info").sort((a, b) => (rank[a.severity] ?? 0) - (rank[b.severity] ?? 0));
  put($("alarm"), L.conditions + " " + serious.length);
  setHidden($("alarm"), serious.length === 0);
  $("alarm").dataset.severity = serious.length ? serious[0].severity : "";
}

let lastHeard = performance.now();
let lastAsked = -Infinity;
let asking = null; // the look under way
let again = false;

// refresh looks at the whole status. While one look is under way it waits for
// that, and has another follow it.
export function refresh() {
  if (asking) again = true;
  else asking = look();
  return asking;
}

async function look() {
  lastAsked = performance.now();
  try {
    const st = await ask("/api/v1/status");
    drawHead(st);
    tell("status", st);
    lastHeard = performance.now();
  } catch (e) {
    // The next look tells; silence is shown after a while.
  } finally {
    asking = null;
    if (again) {
      again = false;
      soon();
    }
  }
}

// soon looks at the whole status after what just happened: at once after a
// quiet while, and at most once a second in the rush.
let soonTimer = null;

export function soon() {
  if (soonTimer) return;
  soonTimer = setTimeout(() => {
    soonTimer = null;
    refresh();
  }, Math.max(300, lastAsked + 1000 - performance.now()));
}

let source = null;
let place = document.body.dataset.cursor;
let connected = false;

function drawLive() {
  const live = $("live");
  const silent = performance.now() - lastHeard > silenceLost;
  setHidden($("lost"), !silent);
  document.body.classList.toggle("stale", silent);
  put(live, connected ? L.live : L.connecting);
  live.className = "badge " + (connected && !silent ? "good" : "bad");
}

function connect() {
  if (source) source.close();
  source = new EventSource("/api/v1/events?after=" + encodeURIComponent(place));
  const heard = (e) => {
    lastHeard = performance.now();
    if (e.lastEventId) place = e.lastEventId;
  };
  source.onopen = () => {
    connected = true;
    lastHeard = performance.now();
    drawLive();
    refresh();
  };
  source.onerror = () => {
    connected = false;
    drawLive();
    if (source.readyState === EventSource.CLOSED) {
      refresh(); // leads to the login when the session is over
      setTimeout(connect, 3000);
    }
  };
  source.addEventListener("checkin", (e) => {
    heard(e);
    tell("checkin", JSON.parse(e.data));
    soon();
  });
  for (const kind of ["condition", "sync", "conflict", "lane", "pairing", "reset"]) {
    source.addEventListener(kind, (e) => {
      heard(e);
      tell("event", kind, JSON.parse(e.data));
      soon();
    });
  }
}

/* On a phone the way to the other pages is wider than the window: where one is
   stays in sight. */

const here = document.querySelector("nav.pages a[aria-current]");
if (here) here.closest("ul").scrollLeft = here.offsetLeft - (here.closest("ul").clientWidth - here.offsetWidth) / 2;

setInterval(refresh, statusEvery);
setInterval(() => {
  drawClock();
  drawLive();
}, 1000);
refresh().finally(connect);

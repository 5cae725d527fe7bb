// The first screen. Whatever comes from the station is written with
// textContent, never as markup.
"use strict";

const L = JSON.parse(document.getElementById("labels").textContent);
const scansShown = 60;
const statusEvery = 5000; // ms between two looks at the whole status
const freshFor = 6000; // ms a verdict fills its lane
const silenceLost = 12000; // ms without an answer after which the page says so

const $ = (id) => document.getElementById(id);
const verdicts = ["admit", "refuse", "hold"];
const shapeOf = (verdict) => (verdicts.includes(verdict) ? "#s-" + verdict : "#s-hold");

/* Small tools. */

function fields(root) {
  const out = {};
  for (const node of root.querySelectorAll("[data-f]")) out[node.dataset.f] = node;
  return out;
}

function clone(id) {
  const root = $(id).content.firstElementChild.cloneNode(true);
  return { root, f: fields(root) };
}

function put(node, text) {
  const t = text === null || text === undefined ? "" : String(text);
  if (node.textContent !== t) node.textContent = t;
}

function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

function number(n) {
  return Number(n).toLocaleString(document.documentElement.lang);
}

function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return s + " s";
  const m = Math.round(s / 60);
  if (m < 90) return m + " min";
  const h = Math.floor(m / 60);
  if (h < 48) return h + " h" + (m % 60 ? " " + (m % 60) + " min" : "");
  return Math.round(h / 24) + " " + L.unit_day;
}

const sentence = (label, word) => label.replace("%s", () => word);

async function ask(path, options) {
  const answer = await fetch(path, { headers: { Accept: "application/json" }, cache: "no-store", ...options });
  if (answer.status === 401) {
    location.assign("/login");
    throw new Error("logged out");
  }
  const value = await answer.json().catch(() => null);
  if (!answer.ok) {
    const e = (value && value.error) || { message: L.failed, hint: "" };
    throw new Error([e.message, e.hint].filter(Boolean).join(" "));
  }
  return value;
}

let problemTimer = null;

async function act(button, path) {
  button.disabled = true;
  try {
    await ask(path, { method: "POST" });
    setHidden($("problem"), true);
  } catch (e) {
    put($("problem"), e.message);
    setHidden($("problem"), false);
    clearTimeout(problemTimer);
    problemTimer = setTimeout(() => setHidden($("problem"), true), 10000);
  } finally {
    button.disabled = false;
    soon();
  }
}

/* Lanes. */

const lanes = new Map();

function laneCard(name) {
  let lane = lanes.get(name);
  if (lane) return lane;
  lane = clone("t-lane");
  lane.use = lane.root.querySelector("use");
  lane.seq = -1;
  lane.timer = null;
  put(lane.f.name, name);
  put(lane.f.headline, L.waiting);
  lane.f.switch.addEventListener("click", () => {
    act(lane.f.switch, "/api/v1/lanes/" + encodeURIComponent(name) + (lane.open ? "/close" : "/open"));
  });
  lanes.set(name, lane);
  $("lanes").append(lane.root);
  return lane;
}

function drawLanes(list) {
  const names = new Set(list.map((l) => l.name));
  for (const [name, lane] of lanes) {
    if (!names.has(name)) {
      lane.root.remove();
      lanes.delete(name);
    }
  }
  for (const l of list) {
    const lane = laneCard(l.name);
    lane.open = l.open;
    lane.root.classList.toggle("shut", !l.open);
    put(lane.f.direction, l.open ? L[l.direction] || l.direction : L.closed);
    put(lane.f.switch, l.open ? L.close_lane : L.open_lane);
    lane.f.switch.setAttribute("aria-label", lane.f.switch.textContent + ": " + l.name);
    const state = l.reader.state;
    lane.root.dataset.reader = state;
    put(lane.f.reader, l.reader.detail || L["reader_" + state] || state);
    lane.f.reader.title = l.reader.address;
  }
  setHidden($("no-lanes"), list.length > 0);
  $("lanes").dataset.count = Math.min(list.length, 4);
}

function whose(d) {
  if (!d.ticket) return "";
  return [d.ticket.holder, d.ticket.product, d.ticket.event_name].filter(Boolean).join(" · ");
}

function drawVerdict(d, fresh) {
  const lane = lanes.get(d.lane);
  if (!lane || (d.seq > 0 && d.seq < lane.seq)) return;
  if (d.seq > 0) lane.seq = d.seq;
  lane.root.dataset.verdict = verdicts.includes(d.verdict) ? d.verdict : "hold";
  lane.use.setAttribute("href", shapeOf(d.verdict));
  put(lane.f.word, L[d.verdict] || d.verdict);
  put(lane.f.headline, d.headline);
  put(lane.f.detail, d.detail);
  put(lane.f.whose, whose(d));
  put(lane.f.time, d.time);
  if (!fresh) return;
  lane.root.classList.remove("fresh");
  void lane.root.offsetWidth;
  lane.root.classList.add("fresh");
  clearTimeout(lane.timer);
  lane.timer = setTimeout(() => lane.root.classList.remove("fresh"), freshFor);
}

/* The list of scans, newest first. */

const rows = new Map(); // by id

function tagOf(d) {
  if (d.repeat) return L.repeat;
  if (!d.recorded) return L.not_recorded;
  if (d.grounds === "override") return L.by_hand;
  return L["delivery_" + d.delivery] || "";
}

function drawScan(d) {
  if (d.repeat) return; // the lane shows it; the list is the journal
  const key = d.seq > 0 ? "seq " + d.seq : "id " + d.id;
  let row = rows.get(key);
  if (!row) {
    row = clone("t-scan");
    row.use = row.root.querySelector("use");
    row.seq = d.seq;
    row.key = key;
    rows.set(key, row);
    place(row);
  }
  row.root.dataset.verdict = verdicts.includes(d.verdict) ? d.verdict : "hold";
  row.use.setAttribute("href", shapeOf(d.verdict));
  put(row.f.word, L[d.verdict] || d.verdict);
  put(row.f.headline, d.headline);
  put(row.f.detail, d.detail);
  const w = whose(d);
  if (w || !row.f.whose.textContent) put(row.f.whose, w);
  put(row.f.time, d.time);
  put(row.f.lane, d.lane);
  const tag = tagOf(d);
  put(row.f.tag, tag);
  row.f.tag.dataset.delivery = d.delivery;
  setHidden(row.f.tag, !tag);
  setHidden($("no-scans"), true);
}

// place puts a row where its seq belongs: events may come out of order.
function place(row) {
  const list = $("scan-list");
  let before = list.firstElementChild;
  while (before && row.seq > 0 && before.seq > row.seq) before = before.nextElementSibling;
  row.root.seq = row.seq;
  row.root.key = row.key;
  list.insertBefore(row.root, before);
  while (list.childElementCount > scansShown) {
    rows.delete(list.lastElementChild.key);
    list.lastElementChild.remove();
  }
}

/* Conditions, accounts, queue. */

const rank = { critical: 0, warning: 1, info: 2 };

function redraw(list, template, items, key, draw) {
  const known = new Map();
  for (const node of list.children) known.set(node.key, node);
  items.forEach((item, i) => {
    const k = key(item);
    let node = known.get(k);
    if (node) {
      known.delete(k);
    } else {
      const made = clone(template);
      node = made.root;
      node.f = made.f;
      node.key = k;
    }
    draw(node, node.f, item);
    if (list.children[i] !== node) list.insertBefore(node, list.children[i] || null);
  });
  for (const node of known.values()) node.remove();
}

function drawConditions(conditions) {
  const sorted = [...conditions].sort((a, b) => (rank[a.severity] ?? 0) - (rank[b.severity] ?? 0));
  redraw($("conditions"), "t-condition", sorted, (c) => c.code + "\n" + (c.subject || ""), (node, f, c) => {
    node.dataset.severity = c.severity;
    put(f.severity, L[c.severity] || c.severity);
    put(f.text, c.text);
    put(f.remedy, c.remedy);
    put(f.since, L.since + " " + span((stationNow() - Date.parse(c.since)) / 1000));
  });
  setHidden($("no-conditions"), sorted.length > 0);
  put($("n-conditions"), sorted.length);
  setHidden($("n-conditions"), sorted.length === 0);
  $("n-conditions").dataset.severity = sorted.length ? sorted[0].severity : "";
  const serious = sorted.filter((c) => c.severity !== "info").length;
  put($("alarm"), L.conditions + " " + serious);
  setHidden($("alarm"), serious === 0);
  $("alarm").dataset.severity = serious ? sorted[0].severity : "";
}

function drawAccounts(accounts) {
  redraw($("accounts"), "t-account", accounts, (a) => a.name, (node, f, a) => {
    const state = a.paired ? a.state : "unpaired";
    node.dataset.state = state;
    put(f.name, a.name);
    put(f.state, L["state_" + state] || L.state_other);
    put(f.events, a.events.join(" · "));
    setHidden(f.events, a.events.length === 0);
    put(f.tickets, number(a.tickets) + " " + L.tickets);
    node.age = a.list_age_s;
    node.asked = performance.now();
    node.hasList = a.as_of !== null;
    node.noList = a.no_list;
    const sweep = node.querySelector(".sweep");
    setHidden(sweep, !a.sweep.running);
    if (a.sweep.running) {
      const bar = sweep.querySelector("progress");
      if (a.sweep.total > 0) {
        bar.max = a.sweep.total;
        bar.value = a.sweep.done;
        put(f.sweep, L.sweeping + " · " + number(a.sweep.done) + " / " + number(a.sweep.total));
      } else {
        bar.removeAttribute("value");
        put(f.sweep, L.sweeping + " · " + number(a.sweep.done));
      }
    }
    put(f.button, L.sweep_now);
    f.button.setAttribute("aria-label", L.sweep_now + ": " + a.name);
    setHidden(f.button, a.sweep.running || !a.paired);
    f.button.onclick = () => act(f.button, "/api/v1/accounts/" + encodeURIComponent(a.name) + "/sweep");
  });
  setHidden($("no-accounts"), accounts.length > 0);
  drawAges();
}

function drawAges() {
  for (const node of $("accounts").children) {
    let text = node.noList ? L.without_list : L.no_list;
    if (node.hasList) text = node.age === null ? L.age_unknown : sentence(L.list_age, span(node.age + (performance.now() - node.asked) / 1000));
    put(node.f.age, text);
  }
}

function drawQueue(outbox, conflicts) {
  const parts = [];
  if (outbox.pending > 0) {
    let text = number(outbox.pending) + " " + L.pending;
    if (outbox.oldest_at) text += " · " + sentence(L.oldest, span((stationNow() - Date.parse(outbox.oldest_at)) / 1000));
    parts.push(text);
  }
  if (outbox.buried > 0) parts.push(number(outbox.buried) + " " + L.buried);
  put($("queue-text"), parts.join(" · ") || L.queue_empty);
  $("queue-text").dataset.level = outbox.buried > 0 ? "bad" : outbox.pending > 0 ? "some" : "none";
  setHidden($("retry"), outbox.pending + outbox.buried === 0);
  put($("conflicts-text"), conflicts > 0 ? number(conflicts) + " " + L.conflicts_open : L.conflicts_none);
  $("conflicts-text").dataset.level = conflicts > 0 ? "bad" : "none";
}

/* The station's clock, as it last told it. */

let clockBase = null;

function stationNow() {
  return clockBase ? clockBase.at + (performance.now() - clockBase.asked) : Date.now();
}

let clockFormat = null;

function drawClock() {
  if (!clockBase) return;
  put($("clock"), clockFormat ? clockFormat.format(new Date(stationNow())) : clockBase.local);
}

function setClock(clock) {
  clockBase = { at: Date.parse(clock.now), asked: performance.now(), local: clock.local };
  if (!clockFormat) {
    try {
      clockFormat = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium", dateStyle: "full", timeZone: clock.zone });
    } catch (e) {
      clockFormat = null; // the station's zone has no name; it tells the time itself
    }
  }
  setHidden($("clock-unsure"), clock.trusted);
  drawClock();
}

/* Status. */

let latest = null;

function drawStatus(st) {
  latest = st;
  setClock(st.clock);
  const ready = $("ready");
  put(ready, st.ready ? L.ready : L.not_ready);
  ready.className = "badge " + (st.ready ? "good" : "bad");
  ready.title = (st.not_ready || []).join("\n");
  setHidden(ready, false);
  drawLanes(st.lanes);
  put($("n-admitted"), number(st.counts.admitted));
  put($("n-refused"), number(st.counts.refused));
  put($("n-held"), number(st.counts.held));
  put($("n-inside"), number(st.counts.inside));
  put($("n-capacity"), st.counts.capacity > 0 ? " " + L.of + " " + number(st.counts.capacity) : "");
  drawConditions(st.conditions);
  drawAccounts(st.accounts);
  drawQueue(st.outbox, st.conflicts_open);
}

let lastHeard = performance.now();
let asking = false;
let again = false;

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    drawStatus(await ask("/api/v1/status"));
    lastHeard = performance.now();
  } catch (e) {
    // The next look tells; silence is shown after a while.
  } finally {
    asking = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

let soonTimer = null;

function soon() {
  if (soonTimer) return;
  soonTimer = setTimeout(() => {
    soonTimer = null;
    refresh();
  }, 300);
}

/* Events as they fall. */

let source = null;
let place_ = document.body.dataset.cursor;
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
  source = new EventSource("/api/v1/events?after=" + encodeURIComponent(place_));
  const heard = (e) => {
    lastHeard = performance.now();
    if (e.lastEventId) place_ = e.lastEventId;
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
    const d = JSON.parse(e.data);
    drawVerdict(d, true);
    drawScan(d);
    soon();
  });
  for (const kind of ["condition", "sync", "conflict", "lane", "reset"]) {
    source.addEventListener(kind, (e) => {
      heard(e);
      soon();
    });
  }
}

async function begin() {
  await refresh();
  connect();
  try {
    const { checkins } = await ask("/api/v1/checkins?last=" + scansShown);
    for (const d of checkins) {
      drawVerdict(d, false);
      drawScan(d);
    }
  } catch (e) {
    // Without a journal there is nothing to list; a condition says why.
  }
}

$("retry").addEventListener("click", () => act($("retry"), "/api/v1/outbox/retry"));
setInterval(refresh, statusEvery);
setInterval(() => {
  drawClock();
  drawAges();
  drawLive();
}, 1000);
begin();

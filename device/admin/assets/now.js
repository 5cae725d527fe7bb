import { L, $, ask, act, clone, number, plain, put, sentence, setHidden, span, stationNow, watch, refresh } from "/assets/common.js";
import { rates } from "/assets/rates.js";

// The first screen. Whatever comes from the station is written with
// textContent, never as markup.

const scansShown = 60;
const freshFor = 6000; // ms a verdict fills its lane

const retry = $("retry"); // the administrator's

const verdicts = ["admit", "refuse", "hold"];
const shapeOf = (verdict) => (verdicts.includes(verdict) ? "#s-" + verdict : "#s-hold");

/* Lanes. */

const lanes = new Map();
const early = new Map(); // verdicts of lanes that are not drawn yet

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
  if (early.has(name)) drawVerdict(early.get(name), false);
  early.delete(name);
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
    put(lane.f.checking, L.now_checking);
    setHidden(lane.f.checking, !l.checking || !l.open || l.direction === "check");
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
  if (!lane || d.direction === "undo" || (d.seq > 0 && d.seq < lane.seq)) return; // an undo answers nobody
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
  row.root.dataset.verdict = verdicts.includes(d.verdict) ? d.verdict : d.direction === "undo" ? "none" : "hold";
  row.use.setAttribute("href", d.direction === "undo" ? "#s-idle" : shapeOf(d.verdict));
  put(row.f.word, L[d.verdict] || d.verdict);
  put(row.f.headline, d.headline);
  put(row.f.detail, d.detail);
  const w = whose(d);
  if (w || !row.f.whose.textContent) put(row.f.whose, w);
  drawLinks(row, d);
  put(row.f.hand, [d.by, d.note].filter(Boolean).join(": "));
  put(row.f.time, d.time);
  put(row.f.lane, d.lane);
  const tag = tagOf(d);
  put(row.f.tag, tag);
  row.f.tag.dataset.delivery = d.delivery;
  setHidden(row.f.tag, !tag);
  setHidden($("no-scans"), true);
}

// drawLinks leads from a row to its ticket's story and to its place in the
// journal.
function drawLinks(row, d) {
  const story = row.f.story;
  setHidden(story, !d.ticket);
  if (d.ticket) {
    story.href = "/tickets/" + encodeURIComponent(d.account) + "/" + encodeURIComponent(d.ticket.id);
    put(story, d.ticket.id);
    story.setAttribute("aria-label", plain(sentence(L.now_story, d.ticket.id)));
  }
  if (d.seq > 0) {
    row.f.row.href = "/journal?before=" + (d.seq + 1) + "#seq-" + d.seq;
    row.f.row.setAttribute("aria-label", sentence(L.now_in_journal, d.time));
  }
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
    if (!f.button) return; // it is the administrator's
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

function drawQueue(outbox, conflicts, gaps) {
  const parts = [];
  if (outbox.pending > 0) {
    let text = number(outbox.pending) + " " + L.pending;
    if (outbox.oldest_at) text += " · " + sentence(L.oldest, span((stationNow() - Date.parse(outbox.oldest_at)) / 1000));
    parts.push(text);
  }
  if (outbox.buried > 0) parts.push(number(outbox.buried) + " " + L.buried);
  put($("queue-text"), parts.join(" · ") || L.queue_empty);
  $("queue-text").dataset.level = outbox.buried > 0 ? "bad" : outbox.pending > 0 ? "some" : "none";
  if (retry) setHidden(retry, outbox.pending + outbox.buried === 0);
  put($("conflicts-text"), conflicts > 0 ? number(conflicts) + " " + L.conflicts_open : L.conflicts_none);
  $("conflicts-text").dataset.level = conflicts > 0 ? "bad" : "none";
  if (gaps.has("outbox")) unknown($("queue-text"));
  if (gaps.has("conflicts")) unknown($("conflicts-text"));
}

function unknown(node) {
  put(node, L.now_unknown);
  node.dataset.level = "some";
}

function drawCounts(counts, known) {
  const figure = (id, n) => put($(id), known ? number(n) : "–");
  figure("n-admitted", counts.admitted);
  figure("n-refused", counts.refused);
  figure("n-held", counts.held);
  figure("n-inside", counts.inside);
  put($("n-capacity"), known && counts.capacity > 0 ? " " + L.of + " " + number(counts.capacity) : "");
  const full = known && counts.capacity > 0 && counts.inside >= counts.capacity;
  $("n-inside").parentElement.parentElement.classList.toggle("full", full);
}

/* Status and events. */

watch({
  status(st) {
    const gaps = new Set(st.gaps || []);
    setHidden($("gaps"), gaps.size === 0);
    drawLanes(st.lanes);
    drawCounts(st.counts, !gaps.has("journal"));
    drawConditions(st.conditions);
    drawAccounts(st.accounts);
    if (gaps.has("accounts")) setHidden($("no-accounts"), true);
    drawQueue(st.outbox, st.conflicts_open, gaps);
    rates.tick();
  },
  checkin(d) {
    drawVerdict(d, true);
    drawScan(d);
    if (!d.repeat && d.recorded) rates.changed();
  },
  event(kind, data) {
    if (kind === "reset" && data.anew) location.reload(); // the journal begins again, and what is drawn is of another
    else if (kind === "reset") rates.changed();
  },
});

async function begin() {
  await refresh();
  rates.changed();
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

if (retry) retry.addEventListener("click", () => act(retry, "/api/v1/outbox/retry"));
setInterval(drawAges, 1000);
begin();

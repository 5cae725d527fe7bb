// The four platforms side by side: what each proves, its network and moods,
// what its server has recorded beside what the gate believes, and the people
// who stand there with a code.
import { byId, clock, keyed, known, make, setText, shape } from "./dom.js";
import { verdictWord } from "./gate.js";

const deeds = { cancel: "Cancel", scan: "Use elsewhere", unscan: "Undo use", pay: "Pay" };

const told = {
  pending: "waits to be told",
  delivered: "platform told",
  conflict: "conflict",
  buried: "not taken",
};

const states = {
  ok: "in step",
  new: "starting",
  unpaired: "not paired",
  offline: "out of reach",
  captive: "log-in page in the way",
  auth_failed: "key refused",
  server_failing: "server fails",
  untrusted: "not trusted",
  redirected: "points elsewhere",
};

// stateWord says how an account is in two or three words.
function stateWord(column) {
  if (!column.network_up) return "network cut";
  const state = column.gate.state;
  return states[state] ?? state.replaceAll("_", " ");
}

export function age(seconds) {
  if (seconds === null || seconds === undefined) return "not here yet";
  if (seconds < 2) return "fresh";
  if (seconds < 90) return `${seconds} s old`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min old`;
  return `${Math.round(seconds / 3600)} h old`;
}

// switchOf builds an on-off switch with its words.
function switchOf(label, click) {
  const word = make("strong");
  const el = make(
    "button",
    { type: "button", className: "switch", role: "switch", "aria-label": label },
    make("span", { className: "track", ariaHidden: "true" }, make("span", { className: "knob" })),
    make("span", { className: "switch-words" }, word),
  );
  el.addEventListener("click", click);
  return {
    el,
    update(up) {
      el.setAttribute("aria-checked", String(up));
      setText(word, up ? "Network" : "Cut off");
      el.title = up ? "Click to cut" : "Click to restore";
    },
  };
}

// moodOf builds the selector of a server's mood.
function moodOf(column, moods, acts) {
  const id = "mood-" + column.name;
  const select = make("select", { id }, ...moods.map((m) => make("option", { value: m.id, textContent: m.label })));
  const line = make("p", { className: "mood-line", id: id + "-line" });
  select.setAttribute("aria-describedby", line.id);
  const el = make("div", { className: "mood" }, make("label", { for: id, className: "vh", textContent: "Mood of the server of " + column.title }), select);
  let painted = "";
  select.addEventListener("change", () => acts.mood(column.name, select.value));
  return {
    el,
    line,
    update(mood) {
      el.classList.toggle("bad", mood !== "healthy");
      if (mood === painted) return; // a choice being made is left alone
      painted = mood;
      select.value = mood;
      line.hidden = mood === "healthy";
      setText(line, moods.find((m) => m.id === mood)?.line ?? "");
    },
  };
}

// listOf builds a list of figures under a heading.
function listOf(title) {
  const dl = make("dl");
  const entries = new Map();
  return {
    el: make("div", { className: "end" }, make("h4", { textContent: title }), dl),
    update(figures) {
      const numbered = figures.map((f, i) => ({ ...f, place: i }));
      keyed(dl, entries, numbered, (f) => f.place, () => {
        const label = make("dt");
        const value = make("dd");
        const el = make("div", {}, label, value);
        return {
          el,
          update(now) {
            el.className = now.alarm ? "alarm" : now.waits ? "waiting" : "";
            setText(label, now.label);
            setText(value, String(now.value));
          },
        };
      });
    },
  };
}

// believed gives the gate's side of an account as figures.
function believed(gate) {
  const figures = [{ label: "Admitted here", value: gate.admitted }];
  if (gate.listed) figures.push({ label: `On its list, ${gate.sweeping ? "being fetched" : age(gate.list_age_s)}`, value: gate.tickets });
  return [
    ...figures,
    { label: "Told", value: gate.delivered },
    { label: "Waiting to tell", value: gate.pending, waits: gate.pending > 0 },
    { label: "Conflicts", value: gate.conflicts + gate.buried, alarm: gate.conflicts + gate.buried > 0 },
  ];
}

// notesOf lists what is the matter, in words.
function notesOf(label) {
  const el = make("ul", { className: "conditions", ariaLabel: label });
  const entries = new Map();
  return {
    el,
    update(texts) {
      keyed(el, entries, [...new Set(texts)], (t) => t, (t) => ({ el: make("li", { textContent: t }), update: () => {} }));
    },
  };
}

function codeOf(first, column, acts) {
  let view = first;
  const title = make("h4");
  const status = make("p", { className: "status" });
  const expect = make("p", { className: "expect" });
  const last = make("p", { hidden: true });
  const outcome = make("p", { hidden: true });
  const img = make("img", { alt: "", width: 96, height: 96, decoding: "async", loading: "lazy" });
  const text = make("code", { className: "text" });
  const tap = make("span", { className: "tap", ariaHidden: "true" });
  const hold = make(
    "button",
    { type: "button", className: "phone" },
    make("span", { className: "screen" }, img, tap),
  );
  hold.addEventListener("click", async () => {
    el.classList.add("holding");
    await acts.hold(view.hold);
    el.classList.remove("holding");
  });
  const enlarge = make("button", { type: "button", className: "small", textContent: "⤢", title: "Enlarge", ariaLabel: `Enlarge the code: ${first.title}, ${column.title}` });
  enlarge.addEventListener("click", () => acts.enlarge(`${view.title}, ${column.title}`, view.qr));
  const office = make("span", { className: "deeds" });
  const buttons = new Map();
  const el = make(
    "li",
    { className: "code" },
    make("div", { className: "device" }, hold, text),
    make("div", { className: "about" }, title, status, expect, last, outcome, make("div", { className: "office", role: "group", ariaLabel: "Box office: " + first.title }, office, enlarge)),
  );
  el.dataset.code = first.id;
  let shown = 0;
  return {
    el,
    update(v) {
      view = v;
      const settled = acts.settled(v.last);
      el.dataset.settled = String(settled);
      setText(tap, !v.last ? "Hold it" : settled ? "Hold again" : "Just held");
      setText(title, v.title);
      status.className = "status " + v.state;
      setText(status, [v.holder, v.status].filter(Boolean).join(" · "));
      setText(expect, v.expect);
      hold.title = v.story;
      hold.setAttribute("aria-label", `Hold before the reader: ${[v.title, v.holder, column.title].filter(Boolean).join(", ")}`);
      text.hidden = !v.text;
      setText(text, v.text);
      if (img.getAttribute("src") !== v.qr) img.src = v.qr;
      last.hidden = !v.last;
      if (v.last && v.last.number !== shown) {
        shown = v.last.number;
        last.className = "last " + known(v.last.verdict);
        last.replaceChildren(shape(v.last.verdict, "chip-shape"), make("span", { textContent: `${v.last.headline || verdictWord(v.last.verdict)}, ${clock(v.last.at)}` }));
      }
      outcome.hidden = !told[v.told];
      outcome.className = "told " + v.told;
      setText(outcome, told[v.told] ?? "");
      keyed(office, buttons, v.actions, (a) => a, (a) => {
        const button = make("button", { type: "button", className: "small", textContent: deeds[a] ?? a, ariaLabel: `${deeds[a] ?? a}: ${first.title}, ${column.title}` });
        button.addEventListener("click", () => acts.columnOffice(column.name, v.id, a));
        return { el: button, update: () => {} };
      });
    },
  };
}

function columnOf(first, moods, acts) {
  const state = make("span", { className: "pill" });
  const event = make("bdi");
  const network = switchOf(`Network of ${first.title}`, () => acts.network(!current.network_up, first.name));
  let current = first;
  const mood = moodOf(first, moods, acts);
  const recorded = listOf("The server recorded");
  const gate = listOf("The gate believes");
  const notes = notesOf("Conditions of " + first.title);
  const sell = make("button", { type: "button", className: "small", textContent: "Sell a ticket", ariaLabel: "Sell a ticket: " + first.title });
  sell.addEventListener("click", () => acts.columnSell(first.name));
  const sync = make("button", { type: "button", className: "small", textContent: "Sync now", title: "Fetch lists and deliver what waits, without waiting for the next try", ariaLabel: "Sync now: " + first.title });
  sync.addEventListener("click", () => acts.sweep(first.name));
  const more = (title, text) => make("div", {}, make("dt", { textContent: title }), make("dd", { textContent: text }));
  const codes = make("ul", { className: "codes", ariaLabel: "Codes of " + first.title });
  const entries = new Map();
  const el = make(
    "li",
    { className: "column", id: "column-" + first.name },
    make(
      "header",
      {},
      make("h3", {}, first.title, " ", state),
      make("p", { className: "event" }, event),
      make(
        "details",
        { className: "proves" },
        make("summary", {}, make("span", { className: "proof" }, make("strong", { textContent: "Its code proves " }), first.proved, "."), " ", make("span", { className: "more", textContent: "What the gate gets from it" })),
        make("dl", {}, more("Known ahead", first.cached), more("Asked at the door", first.asked), more("Told afterwards", first.delivered), more("A lost answer", first.repeated), more("Its pretended server", first.address)),
      ),
    ),
    make("div", { className: "controls" }, network.el, mood.el),
    make("div", { className: "ends" }, recorded.el, gate.el),
    make("div", {}, make("div", { className: "bar-actions" }, sell, sync), mood.line, notes.el, codes),
  );
  return {
    el,
    update(c) {
      current = c;
      setText(event, c.event);
      const well = c.network_up && c.gate.state === "ok";
      state.className = "pill " + (well ? "yes" : "no");
      setText(state, stateWord(c));
      el.classList.toggle("cut", !c.network_up);
      network.update(c.network_up);
      mood.update(c.mood);
      recorded.update([...c.recorded, { label: "Requests", value: c.requests }]);
      gate.update(believed(c.gate));
      const waiting = c.gate.pending > 0 && c.gate.waiting_for ? ["Waits: " + c.gate.waiting_for] : [];
      notes.update([...c.gate.differences, ...c.gate.conditions, ...waiting]);
      keyed(codes, entries, c.codes, (k) => k.id, (k) => codeOf(k, first, acts));
    },
  };
}

const columns = new Map();
const links = new Map();

// showBoard puts the platforms on the page.
export function showBoard(platforms, moods, acts) {
  keyed(byId("columns"), columns, platforms, (c) => c.name, (c) => columnOf(c, moods, acts));
  keyed(byId("jump"), links, platforms, (c) => c.name, (c) => {
    const el = make("a", { href: "#column-" + c.name, textContent: c.title });
    return { el, update: () => {} };
  });
}

// The demo's page: asks every second how things are and passes clicks on.
import { api } from "./api.js";
import { showBoard } from "./board.js";
import { byId, keyed, make, setText } from "./dom.js";
import { showAnswer, showHistory } from "./gate.js";
import { showCards, showRows } from "./queue.js";
import { paintSteps, startSteps } from "./steps.js";

let status = null;
let seen = ""; // what the queue on the page was made from
let query = { q: "", state: "", page: 1 };
let toastTimer = 0;
let moods = []; // what a server can be chosen to be like

function say(text) {
  const toast = byId("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toast.hidden = true), 6000);
}

// attempt runs one wish of the visitor, tells what went wrong and brings the
// page up to date.
async function attempt(wish) {
  try {
    return await wish();
  } catch (error) {
    say(error.message);
    return null;
  } finally {
    await refresh();
  }
}

const holdOff = () => `${((status?.hold_off_ms ?? 0) / 1000).toLocaleString("en")} s`;

// settled tells whether the reader would take a code for a new presentation:
// the hold-off of its last one is over, by the demo's clock.
function settled(scene) {
  return !scene || Date.parse(status.now) - Date.parse(scene.at) > status.hold_off_ms + 1000;
}

const acts = {
  settled,
  hold: (wish) =>
    attempt(async () => {
      const scene = await api.hold(wish);
      showAnswer(scene, holdOff(), true);
      return scene;
    }),
  network: (up, platform) => attempt(() => api.network(up, platform)),
  mood: (platform, mood) => attempt(() => api.mood(platform, mood)),
  sweep: (platform) =>
    attempt(async () => {
      await api.sweep(platform);
      say("The station fetches and delivers now.");
    }),
  columnSell: (platform) =>
    attempt(async () => {
      const code = await api.sell(platform);
      say(`${code.holder || "Somebody"} has bought a ticket and stands first in the column.`);
    }),
  columnOffice: (platform, id, action) => attempt(() => api.columnOffice(platform, id, action)),
  office: (uuid, action) => attempt(() => api.office(uuid, action)),
  enlarge(title, qr) {
    byId("big-title").textContent = title;
    byId("big-qr").src = qr + (qr.includes("?") ? "&" : "?") + "scale=8";
    byId("big-qr").alt = "QR code: " + title;
    byId("big").showModal();
  },
};

const conditionEntries = new Map();

function paint(s) {
  setText(byId("event"), s.event);
  const ready = byId("ready");
  ready.className = "ready " + (s.ready ? "yes" : "");
  setText(byId("ready-text"), s.ready ? "Station ready" : "Station is starting");
  const staff = byId("staff");
  staff.hidden = !s.staff_url;
  if (s.staff_url && staff.getAttribute("href") !== s.staff_url) staff.href = s.staff_url;

  const count = (n, word) => `${n} ${word}`;
  const t = s.station;
  setText(byId("tally"), [count(t.inside, "inside"), count(t.refused, "refused"), count(t.held, "held"), count(t.pending, "waiting to tell")].join(" · "));

  const network = byId("network");
  const cut = s.platforms.filter((c) => !c.network_up).length;
  network.setAttribute("aria-checked", String(s.network_up));
  setText(byId("network-word"), !s.network_up ? "All networks are cut" : cut > 0 ? `${cut} of ${s.platforms.length} networks cut` : "All networks are up");
  setText(byId("network-note"), s.network_up ? "Click to cut all" : "Click to restore all");
  byId("well").disabled = cut === 0 && s.platforms.every((c) => c.mood === "healthy");

  const told = [...new Set(s.station.conditions)];
  keyed(byId("conditions"), conditionEntries, told, (c) => c, (c) => ({ el: make("li", { textContent: c }), update: () => {} }));

  if (s.history.length > 0) showAnswer(s.history[0], holdOff(), false);
  showHistory(s.history);
  showBoard(s.platforms, moods, acts);
  paintSteps(s);
}

async function refreshTickets() {
  const answer = await api.tickets(query);
  query.page = answer.page;
  showCards(answer.cards.filter((c) => !c.column), acts);
  showRows(answer, acts);
}

async function refresh() {
  try {
    if (moods.length === 0) moods = (await api.moods()).moods;
    const s = await api.status();
    status = s;
    paint(s);
    const now = JSON.stringify([s.states, s.history[0]?.number ?? 0]);
    if (now !== seen) {
      await refreshTickets();
      seen = now;
    }
  } catch (error) {
    byId("ready").className = "ready no";
    setText(byId("ready-text"), error.message);
  }
}

async function poll() {
  if (!document.hidden) await refresh();
  setTimeout(poll, 1000);
}

function search(change) {
  query = { ...query, ...change };
  attempt(refreshTickets);
}

let typing = 0;

function wire() {
  byId("network").addEventListener("click", () => acts.network(!status?.network_up));
  byId("well").addEventListener("click", () =>
    attempt(async () => {
      await api.mood("", "healthy");
      await api.network(true);
    }),
  );
  byId("typed").addEventListener("submit", (e) => {
    e.preventDefault();
    acts.hold({ text: byId("typed-text").value });
  });
  byId("filter").addEventListener("submit", (e) => e.preventDefault());
  byId("q").addEventListener("input", (e) => {
    clearTimeout(typing);
    typing = setTimeout(() => search({ q: e.target.value, page: 1 }), 200);
  });
  byId("state").addEventListener("change", (e) => search({ state: e.target.value, page: 1 }));
  byId("prev").addEventListener("click", () => search({ page: Math.max(1, query.page - 1) }));
  byId("next").addEventListener("click", () => search({ page: query.page + 1 }));
  startSteps(acts);
}

wire();
poll();

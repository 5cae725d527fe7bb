// The demo's page: asks every second how things are and passes clicks on.
import { api } from "./api.js";
import { byId, keyed, make, setText } from "./dom.js";
import { showAnswer, showHistory } from "./gate.js";
import { showCards, showRows } from "./queue.js";
import { paintSteps, startSteps } from "./steps.js";

let status = null;
let seen = ""; // what the queue on the page was made from
let query = { q: "", state: "", page: 1 };
let toastTimer = 0;

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

const acts = {
  hold: (wish) =>
    attempt(async () => {
      const scene = await api.hold(wish);
      showAnswer(scene, holdOff(), true);
      return scene;
    }),
  network: (up) => attempt(() => api.network(up)),
  office: (uuid, action) => attempt(() => api.office(uuid, action)),
  enlarge(title, qr) {
    byId("big-title").textContent = title;
    byId("big-qr").src = qr + "?scale=8";
    byId("big-qr").alt = "QR code: " + title;
    byId("big").showModal();
  },
};

function age(seconds) {
  if (seconds === null || seconds === undefined) return "not here yet";
  if (seconds < 2) return "fresh";
  if (seconds < 90) return `${seconds} s old`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min old`;
  return `${Math.round(seconds / 3600)} h old`;
}

const conditionEntries = new Map();

function paint(s) {
  setText(byId("event"), s.event);
  const ready = byId("ready");
  ready.className = "ready " + (s.ready ? "yes" : "");
  setText(byId("ready-text"), s.ready ? "Station ready" : "Station is starting");
  const staff = byId("staff");
  staff.hidden = !s.staff_url;
  if (s.staff_url && staff.getAttribute("href") !== s.staff_url) staff.href = s.staff_url;

  setText(byId("k-tickets"), String(s.station.tickets));
  setText(byId("k-age"), s.station.sweeping ? "being fetched" : age(s.station.list_age_s));
  setText(byId("k-inside"), String(s.station.inside));
  setText(byId("k-pending"), String(s.station.pending));
  byId("k-pending-row").classList.toggle("waiting", s.station.pending > 0);
  setText(byId("p-tickets"), String(s.platform.tickets));
  setText(byId("p-used"), String(s.platform.used));
  setText(byId("p-delivered"), String(s.platform.delivered));
  byId("wire").className = "wire" + (!s.network_up ? " cut" : s.station.pending > 0 || s.station.sweeping ? " busy" : "");

  const network = byId("network");
  network.setAttribute("aria-checked", String(s.network_up));
  setText(byId("network-word"), s.network_up ? "Network is up" : "Network is cut");
  setText(byId("network-note"), s.network_up ? "Click to cut it" : "The gate goes on. Click to restore it");
  for (const input of byId("moods").querySelectorAll("input")) input.checked = input.value === s.mood;
  byId("sweep").hidden = !s.can_sweep;

  const told = [...new Set(s.station.conditions)];
  keyed(byId("conditions"), conditionEntries, told, (c) => c, (c) => ({ el: make("li", { textContent: c }), update: () => {} }));

  if (s.history.length > 0) showAnswer(s.history[0], holdOff(), false);
  showHistory(s.history);
  paintSteps(s);
}

async function refreshTickets() {
  const answer = await api.tickets(query);
  query.page = answer.page;
  showCards(answer.cards, acts);
  showRows(answer, acts);
}

async function refresh() {
  try {
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
  byId("moods").addEventListener("change", (e) => attempt(() => api.mood(e.target.value)));
  byId("sell").addEventListener("click", () =>
    attempt(async () => {
      const card = await api.sell();
      say(`${card.ticket?.holder ?? "Somebody"} has bought a ticket and joined the queue.`);
    }),
  );
  byId("sweep").addEventListener("click", () =>
    attempt(async () => {
      await api.sweep();
      say("The station has the whole list again.");
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

// The gate: what it says of the code before its reader, and said before.
import { byId, clock, keyed, known, make, setText, shape } from "./dom.js";

const words = { admit: "Admitted", refuse: "Refused", hold: "Ask staff", idle: "Ready" };

// took tells a duration as people would.
function took(us) {
  if (us < 1000) return `${us} µs`;
  if (us < 100_000) return `${(us / 1000).toFixed(1)} ms`;
  return `${(us / 1e6).toFixed(2)} s`;
}

export function verdictWord(verdict) {
  return words[known(verdict)];
}

const platforms = { tibillet: "TiBillet", ticketsonic: "TicketSonic", stebby: "Stebby", bittan: "BitTan" };

let shown = 0;

// showAnswer puts one answer on the display. fresh is false for answers that
// were there before the page.
export function showAnswer(scene, holdOff, fresh) {
  if (scene.number === shown) return;
  shown = scene.number;
  const verdict = known(scene.verdict);
  const display = byId("display");
  display.className = "display " + verdict;
  byId("shape").firstElementChild.setAttribute("href", "#shape-" + verdict);
  if (fresh) {
    void display.offsetWidth; // lets the same verdict land again
    display.classList.add("fresh");
  }
  setText(byId("word"), words[verdict]);
  setText(byId("message"), scene.message || scene.headline);
  setText(byId("before"), scene.title);
  setText(byId("headline"), scene.headline);
  const again = scene.again
    ? `Still the same code before the reader, so the first answer stands for ${holdOff}. A ticket held a moment too long never turns from welcome into already used.`
    : "";
  setText(byId("detail"), again || scene.detail || "Nothing more to know.");
  setText(byId("took"), took(scene.took_us));
  setText(byId("whose"), platforms[scene.platform] ?? "");
  setText(byId("reason"), scene.reason || "–");
  setText(byId("grounds"), scene.grounds || "–");
  setText(byId("seq"), scene.again || !scene.seq ? "not again" : "No. " + scene.seq);
  byId("facts").hidden = false;
  if (fresh) byId("said").textContent = `${words[verdict]}. ${scene.headline}. ${scene.detail}`;
}

const entries = new Map();

// showHistory lists the answers before the one on the display.
export function showHistory(history) {
  keyed(byId("history"), entries, history.slice(1, 4), (s) => s.number, (s) => {
    const who = make("bdi", { className: "who", textContent: [s.holder, s.title].filter(Boolean).join(" · ") });
    const el = make(
      "li",
      { className: known(s.verdict) },
      shape(s.verdict, "chip-shape"),
      make("span", { className: "said", textContent: s.again ? "Same answer" : s.headline || verdictWord(s.verdict) }),
      who,
      make("time", { dateTime: s.at, textContent: clock(s.at) }),
    );
    return { el, update: () => {} };
  });
}

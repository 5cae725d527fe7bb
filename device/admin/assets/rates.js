import { L, $, ask, clone, number, put, sentence, setHidden, timeOfDay } from "/assets/common.js";

// Scans a minute, as bars with the admitted at the bottom, and the same in
// words and as a table.

const minutes = 60;
const between = 3000; // ms at least between two looks in the rush
const still = 20000; // ms at most while nothing happens: the minutes move on
const kinds = ["admitted", "refused", "held"];
const svg = "http://www.w3.org/2000/svg";

const bars = []; // one place for each minute, made once
let asked = -Infinity;
let timer = null;

function makeBars() {
  for (let i = 0; i <= minutes; i++) {
    const bar = {};
    for (const kind of kinds) {
      bar[kind] = document.createElementNS(svg, "rect");
      bar[kind].setAttribute("class", "bar " + kind);
      bar[kind].setAttribute("x", i * 10 + 1);
      bar[kind].setAttribute("width", 8);
      $("chart-bars").append(bar[kind]);
    }
    bars.push(bar);
  }
}

function set(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

// ceiling is a round number that no bar is higher than.
function ceiling(most) {
  for (let step = 5; ; step *= 2) {
    if (most <= step) return step;
    if (most <= step * 1.6) return Math.ceil((step * 1.6) / 2) * 2;
  }
}

const total = (rate) => rate.admitted + rate.refused + rate.held;

function draw(list) {
  if (bars.length === 0) makeBars();
  const most = list.reduce((a, b) => (total(b) > total(a) ? b : a), list[0]);
  const high = ceiling(total(most));
  const empty = bars.length - list.length;
  bars.forEach((bar, i) => {
    const rate = i < empty ? { admitted: 0, refused: 0, held: 0 } : list[i - empty];
    let top = 100;
    for (const kind of kinds) {
      const height = Math.round((rate[kind] / high) * 1000) / 10;
      top -= height;
      set(bar[kind], "y", Math.max(0, top));
      set(bar[kind], "height", height);
    }
  });
  put($("chart-most"), number(high));
  put($("chart-from"), timeOfDay(new Date(list[0].from)));
  put($("chart-half"), timeOfDay(new Date(list[Math.floor(list.length / 2)].from)));
  put($("chart-now"), timeOfDay(new Date(list[list.length - 1].from)));
  setHidden($("chart"), false);
  tellInWords(list, most);
  drawTable(list);
}

function tellInWords(list, most) {
  const sum = (kind) => list.reduce((n, r) => n + r[kind], 0);
  const parts = kinds.map((kind) => [sum(kind), L[kind]]).filter(([n], i) => n > 0 || i === 0).map(([n, word]) => number(n) + " " + word.toLocaleLowerCase());
  if (total(most) === 0) {
    put($("chart-words"), L.now_rates_none);
    return;
  }
  put($("chart-words"), sentence(L.now_rates_lead, parts.join(", ")) + " " + sentence(L.now_rates_busiest, timeOfDay(new Date(most.from)) + " (" + number(total(most)) + ")"));
}

function drawTable(list) {
  const body = $("chart-rows");
  const busy = list.filter((r) => total(r) > 0).reverse();
  setHidden($("chart-more"), busy.length === 0);
  if (!$("chart-more").open) return;
  while (body.childElementCount > busy.length) body.lastElementChild.remove();
  while (body.childElementCount < busy.length) {
    const { root, f } = clone("t-minute");
    root.f = f;
    body.append(root);
  }
  busy.forEach((rate, i) => {
    const f = body.children[i].f;
    put(f.minute, timeOfDay(new Date(rate.from)));
    for (const kind of kinds) put(f[kind], number(rate[kind]));
  });
}

async function look() {
  timer = null;
  asked = performance.now();
  try {
    const answer = await ask("/api/v1/rates?minutes=" + minutes);
    if (answer.rates.length > 0) draw(answer.rates.slice(-bars.length || -(minutes + 1)));
  } catch (e) {
    setHidden($("chart"), true);
    setHidden($("chart-more"), true);
    put($("chart-words"), L.now_rates_missing);
  }
}

function changed() {
  if (timer || document.hidden) return;
  timer = setTimeout(look, Math.max(200, asked + between - performance.now()));
}

export const rates = {
  changed,
  tick() {
    if (performance.now() - asked > still) changed();
  },
};

$("chart-more").addEventListener("toggle", changed);
document.addEventListener("visibilitychange", changed);

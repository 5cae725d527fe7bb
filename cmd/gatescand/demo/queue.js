// The queue: phones to hold before the reader, and the list of all tickets.
import { byId, clock, keyed, known, make, setText, shape } from "./dom.js";
import { verdictWord } from "./gate.js";

const deeds = {
  cancel: "Cancel",
  scan: "Scan elsewhere",
  unscan: "Un-scan",
  pay: "Take payment",
};

const states = {
  valid: "Paid, not used",
  used: "Used",
  canceled: "Canceled",
  unpaid: "Not paid",
  inactive: "Not confirmed",
};

function holderOf(ticket) {
  return ticket.holder || "No name given";
}

// lastChip shows what the gate said of a code last.
function lastChip() {
  const el = make("p", { hidden: true });
  let shown = 0;
  return {
    el,
    update(last) {
      el.hidden = !last;
      if (!last || last.number === shown) return;
      shown = last.number;
      el.className = "last " + known(last.verdict);
      const said = last.headline || verdictWord(last.verdict);
      el.replaceChildren(shape(last.verdict, "chip-shape"), make("span", { textContent: `${said}, ${clock(last.at)}` }));
    },
  };
}

// office shows the buttons of the box office for one ticket.
function office(acts, label) {
  const list = make("span", { className: "office" });
  const el = make("div", { className: "office", role: "group", ariaLabel: "Box office: " + label }, make("span", { className: "office-name", textContent: "Box office" }), list);
  const buttons = new Map();
  let uuid = "";
  return {
    el,
    update(ticket) {
      uuid = ticket?.uuid ?? "";
      const actions = ticket?.actions ?? [];
      el.hidden = actions.length === 0;
      keyed(list, buttons, actions, (a) => a, (a) => {
        const button = make("button", { type: "button", className: "small", textContent: deeds[a] ?? a });
        button.addEventListener("click", () => acts.office(uuid, a));
        return { el: button, update: () => {} };
      });
    },
  };
}

function cardOf(first, acts) {
  let view = first;
  const title = make("h4");
  const holder = make("p", { className: "holder" }, make("bdi"));
  const status = make("p", { className: "status" });
  const story = make("p", { className: "story" });
  const expect = make("p", { className: "expect" });
  const last = lastChip();
  const img = make("img", { alt: "", width: 154, height: 154, decoding: "async", loading: "lazy" });
  img.addEventListener("load", () => {
    img.width = img.naturalWidth / 2;
    img.height = img.naturalHeight / 2;
  });
  const phone = make(
    "button",
    { type: "button", className: "phone" },
    make("span", { className: "screen" }, img, make("span", { className: "tap", textContent: "Hold it", ariaHidden: "true" })),
  );
  const enlarge = make("button", { type: "button", className: "small", textContent: "Enlarge", ariaLabel: "Enlarge the code: " + first.title });
  enlarge.addEventListener("click", () => acts.enlarge(view.title, view.qr));
  const box = office(acts, first.title);
  const el = make("li", { className: "card" }, make("div", { className: "device" }, phone, enlarge), make("div", { className: "about" }, title, holder, status, story, expect, last.el, box.el));
  phone.addEventListener("click", async () => {
    el.classList.add("holding");
    await acts.hold(view.ticket ? { ticket: view.ticket.uuid, variant: view.variant } : { text: view.text });
    el.classList.remove("holding");
  });
  return {
    el,
    update(v) {
      view = v;
      setText(title, v.title);
      setText(story, v.story);
      setText(expect, v.expect);
      holder.hidden = status.hidden = !v.ticket;
      if (v.ticket) {
        setText(holder.firstElementChild, holderOf(v.ticket));
        status.className = "status " + v.ticket.state;
        setText(status, `Platform: ${(states[v.ticket.state] ?? v.ticket.status).toLowerCase()}`);
      }
      const name = v.ticket ? `${v.title}, ${holderOf(v.ticket)}` : v.title;
      phone.setAttribute("aria-label", "Hold before the reader: " + name);
      if (img.getAttribute("src") !== v.qr) img.src = v.qr;
      last.update(v.last);
      box.update(v.variant ? null : v.ticket);
    },
  };
}

const groups = new Map();

// showCards puts the queue on the page, group by group.
export function showCards(cards, acts) {
  const names = [...new Set(cards.map((c) => c.group))];
  const list = names.map((name, i) => ({ name, id: "group-" + i, cards: cards.filter((c) => c.group === name) }));
  keyed(byId("groups"), groups, list, (g) => g.name, (g) => {
    const ul = make("ul", { className: "cards", ariaLabel: g.name });
    const el = make("section", { className: "group", ariaLabel: g.name }, make("h3", { textContent: g.name }), ul);
    const entries = new Map();
    return { el, update: (now) => keyed(ul, entries, now.cards, (c) => c.id, (c) => cardOf(c, acts)) };
  });
}

function rowOf(first, acts) {
  const holder = make("bdi");
  const status = make("span");
  const last = lastChip();
  const hold = make("button", { type: "button", className: "small hold-it", textContent: "Hold it" });
  const box = office(acts, holderOf(first));
  const tools = make("div", { className: "tools" }, hold, box.el);
  const what = make("span", { className: "what", textContent: [first.product, first.price].filter(Boolean).join(", ") });
  const el = make("li", {}, make("span", { className: "holder" }, holder), what, status, tools, last.el);
  hold.addEventListener("click", () => acts.hold({ ticket: first.uuid, variant: "" }));
  return {
    el,
    update(t) {
      setText(holder, holderOf(t));
      hold.setAttribute("aria-label", "Hold before the reader: " + holderOf(t));
      status.className = "status " + t.state;
      setText(status, states[t.state] ?? t.status);
      box.update(t);
      last.update(t.last);
    },
  };
}

const rows = new Map();

// showRows puts one page of all tickets on the page.
export function showRows(answer, acts) {
  const none = { uuid: "none" };
  keyed(byId("rows"), rows, answer.tickets.length ? answer.tickets : [none], (t) => t.uuid, (t) => {
    if (t === none) return { el: make("li", { className: "none", textContent: "No ticket fits." }), update: () => {} };
    return rowOf(t, acts);
  });
  setText(byId("where"), answer.total === 1 ? "1 ticket" : `${answer.total} tickets, page ${answer.page} of ${answer.pages}`);
  byId("prev").disabled = answer.page <= 1;
  byId("next").disabled = answer.page >= answer.pages;
}

// Small tools for building the page. Everything a stranger wrote goes in as
// text: nothing here parses markup.

export const byId = (id) => document.getElementById(id);

// make builds an element from its properties, data and children.
export function make(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes("-") || name === "for") el.setAttribute(name, value);
    else el[name] = value;
  }
  el.append(...children.filter((c) => c !== null && c !== undefined));
  return el;
}

// shape gives the sign of a verdict: a round plate, an octagon or a triangle.
export function shape(verdict, className) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("viewBox", "0 0 48 48");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(ns, "use");
  use.setAttribute("href", "#shape-" + known(verdict));
  svg.append(use);
  return svg;
}

// known keeps a verdict that the page has a sign for.
export function known(verdict) {
  return ["admit", "refuse", "hold"].includes(verdict) ? verdict : "idle";
}

// setText changes an element's text only when it differs, so that screen
// readers and selections are left in peace.
export function setText(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

// keyed makes the children of parent those of items, in order, keeping the
// element of an item that is there already. create gives {el, update}.
export function keyed(parent, entries, items, key, create) {
  const wanted = new Set(items.map(key));
  for (const [k, entry] of entries) {
    if (!wanted.has(k)) {
      entry.el.remove();
      entries.delete(k);
    }
  }
  items.forEach((item, i) => {
    const k = key(item);
    let entry = entries.get(k);
    if (!entry) {
      entry = create(item);
      entries.set(k, entry);
    }
    if (parent.children[i] !== entry.el) parent.insertBefore(entry.el, parent.children[i] ?? null);
    entry.update(item);
  });
}

export function clock(iso) {
  return new Date(iso).toLocaleTimeString("en-GB");
}

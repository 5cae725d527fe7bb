import { L, $, put, setHidden, watch } from "/assets/common.js";

// A list that stands still while it is read: when there is something new, a
// line above it says so and leads there.

const hint = $("fresh");
const kind = hint.dataset.kind;

function tell() {
  put(hint.firstElementChild, L["fresh_" + kind]);
  setHidden(hint, false);
}

const oldCursor = Number.parseInt(document.body.dataset.cursor, 10);

watch({
  checkin(d) {
    if (kind === "checkin" && !d.repeat && d.seq > oldCursor) tell();
  },
  event(what, e) {
    if (what === kind && (what !== "sync" || changed(e))) tell();
  },
});

// changed tells whether the queue of an account is another than it was.
const queues = new Map();

function changed(e) {
  const now = e.pending + " " + e.buried;
  const before = queues.get(e.account);
  queues.set(e.account, now);
  return before !== undefined && before !== now;
}

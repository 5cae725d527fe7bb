// The three things to try first, and how far the visitor has come. Progress is
// read from what happened, so it does not matter which buttons were used.
import { byId, setText } from "./dom.js";

const admitted = new Set(); // tickets that were let in
const reached = { admitted: false, again: false, offline: false, home: false };
let last = null; // the latest scene that was let in
let status = null;
let skew = 0; // the demo's clock ahead of the browser's, in ms

function follow(s) {
  const scenes = [...s.history].reverse();
  for (const scene of scenes) {
    if (scene.verdict === "admit" && scene.ticket) {
      last = scene;
      admitted.add(nameOf(scene));
      reached.admitted = true;
      if (!scene.network_up) reached.offline = true;
    }
    if (scene.reason === "already_redeemed" && admitted.has(nameOf(scene))) reached.again = true;
  }
  // A re-read renews the hold-off of its code.
  const shown = scenes.findLast((scene) => last && nameOf(scene) === nameOf(last) && scene.variant === last.variant);
  if (last && shown) last = { ...last, seen: shown.at };
  if (reached.offline && s.network_up && waitingOf(s) === 0) reached.home = true;
}

// nameOf names the ticket of a scene among those of all platforms.
function nameOf(scene) {
  return scene.from + "/" + scene.ticket;
}

// waitingOf tells how many entries wait for the platform of the last admission.
function waitingOf(s) {
  return s.platforms.find((c) => c.name === last?.from)?.gate.pending ?? 0;
}

// waitLeft tells how many ms the reader still takes the last ticket for the
// same presentation.
function waitLeft() {
  if (!last || !status?.hold_off_ms) return 0;
  const left = Date.parse(last.seen) + status.hold_off_ms + 250 - (Date.now() + skew);
  return Math.max(0, left);
}

function mark(n, done, now) {
  byId("step-" + n).className = "step" + (done ? " done" : "") + (now ? " now" : "");
}

function paintSecond() {
  const button = byId("step-2-do");
  const wait = Math.ceil(waitLeft() / 1000);
  button.disabled = !last || wait > 0;
  setText(button, wait > 0 ? `Hold it again in ${wait} s` : "Hold it again");
}

function paintThird() {
  const button = byId("step-3-do");
  const text = byId("step-3-text");
  const waiting = waitingOf(status);
  if (!status.network_up) {
    setText(button, reached.offline ? "Restore the network" : "Hold another");
    setText(
      text,
      waiting > 0
        ? `${waiting === 1 ? "One entry waits" : waiting + " entries wait"} to be told to the platform. Let the network come back.`
        : "The network is cut. Hold a paid ticket.",
    );
    return;
  }
  setText(button, "Cut it and hold another");
  if (reached.home) setText(text, "The network came back and every entry was delivered.");
  else if (reached.offline) setText(text, "The network is back. Delivering…");
  else setText(text, "The next one is still welcome; the delivery waits.");
}

// paintSteps shows how far the visitor has come.
export function paintSteps(s) {
  status = s;
  skew = Date.parse(s.now) - Date.now();
  follow(s);
  const now = !reached.admitted ? 1 : !reached.again ? 2 : !reached.home ? 3 : 0;
  mark(1, reached.admitted, now === 1);
  mark(2, reached.again, now === 2);
  mark(3, reached.home, now === 3);
  setText(byId("step-1-do"), reached.admitted ? "Hold the next one" : "Hold it");
  paintSecond();
  paintThird();
}

// startSteps wires the buttons to acts.
export function startSteps(acts) {
  byId("step-1-do").addEventListener("click", () => acts.hold({}));
  byId("step-2-do").addEventListener("click", () => last && acts.hold(last.hold));
  byId("step-3-do").addEventListener("click", async () => {
    if (status.network_up) {
      await acts.network(false);
      await acts.hold({});
    } else if (reached.offline) {
      await acts.network(true);
    } else {
      await acts.hold({});
    }
  });
  setInterval(() => status && paintSecond(), 250);
}

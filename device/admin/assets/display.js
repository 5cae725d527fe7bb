// The big screen beside a lane: one verdict at a time, large. It says that it
// is out of order as soon as it has lost touch with the station, and comes back
// by itself.
"use strict";

const beatLost = 6500; // ms without a word from the station
const verdictFor = 5000; // ms a verdict stays
const shiftEvery = 60000; // ms between two small moves of the picture
const smallest = 7; // of the sizes that words are set in

const body = document.body;
const shape = document.getElementById("shape");
const stage = document.querySelector(".stage");
const message = document.getElementById("message");
const note = document.getElementById("note");
const shapes = {
  ready: "#s-idle", checking: "#s-idle", closed: "#s-closed", down: "#s-down", setup: "#s-code",
  pair: "#s-code", confirm: "#s-code", pairing: "#s-code", paired: "#s-code", failed: "#s-code",
  admit: "#s-admit", refuse: "#s-refuse", hold: "#s-hold",
};

let rest = { state: body.dataset.show, message: message.textContent, note: note.textContent };
let until = null;
let watchdog = null;
let source = null;

/* What is shown. */

// fit sets the words as large as they go in without being cut or broken.
function fit() {
  for (let size = 0; size <= smallest; size++) {
    body.dataset.fit = size;
    const whole = stage.scrollHeight <= stage.clientHeight && stage.scrollWidth <= stage.clientWidth &&
      message.scrollWidth <= message.clientWidth && note.scrollWidth <= note.clientWidth;
    if (whole) return;
  }
}

function show(what, words, more) {
  body.dataset.show = what;
  shape.setAttribute("href", shapes[what] || shapes.hold);
  if (message.textContent !== words) message.textContent = words;
  if (note.textContent !== more) note.textContent = more;
  fit();
}

function settle() {
  clearTimeout(until);
  until = null;
  show(rest.state, rest.message, rest.note);
}

function down() {
  rest = { state: "down", message: body.dataset.down, note: body.dataset.ask };
  settle();
}

/* What is heard: a rhythm and a pitch for each verdict, so that nobody has to
   tell colours apart. Each note is its pitch in hertz, its beginning and its
   length in seconds. A browser that allows no sound stays silent. */

const tunes = {
  admit: { wave: "triangle", notes: [[659, 0, 0.12], [988, 0.14, 0.3]] },
  refuse: { wave: "sawtooth", notes: [[196, 0, 0.3], [147, 0.36, 0.5]] },
  hold: { wave: "square", notes: [[440, 0, 0.09], [440, 0.2, 0.09], [440, 0.4, 0.09]] },
};
const loudness = 0.25;
const mute = new URLSearchParams(location.search).get("mute");
let air = null;

function breathe() {
  if (mute !== null && mute !== "0") return;
  if (!air && "AudioContext" in window) air = new AudioContext();
  if (air && air.state === "suspended") air.resume().catch(() => {});
}

function sound(what) {
  const tune = tunes[what];
  if (!tune || !air || air.state !== "running") return;
  for (const [pitch, begin, length] of tune.notes) {
    const voice = air.createOscillator();
    const volume = air.createGain();
    const at = air.currentTime + begin;
    voice.type = tune.wave;
    voice.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(loudness, at + 0.01);
    volume.gain.setValueAtTime(loudness, at + length - 0.03);
    volume.gain.linearRampToValueAtTime(0, at + length);
    voice.connect(volume).connect(air.destination);
    voice.start(at);
    voice.stop(at + length);
  }
  body.dataset.sounded = what;
}

/* The station. */

function alive() {
  clearTimeout(watchdog);
  watchdog = setTimeout(() => { down(); connect(); }, beatLost);
}

// renewed loads the page again where the station serves another one by now, once
// for each: an answer kept somewhere on the way must not make it load for ever.
function renewed(version) {
  if (!version || version === body.dataset.version || sessionStorage.getItem("version") === version) return false;
  sessionStorage.setItem("version", version);
  location.reload();
  return true;
}

function connect() {
  if (source) source.close();
  source = new EventSource(body.dataset.events);
  source.addEventListener("state", (e) => {
    const state = JSON.parse(e.data);
    if (renewed(state.version)) return;
    alive();
    rest = state;
    if (!until || (rest.state !== "ready" && rest.state !== "checking")) settle();
  });
  source.addEventListener("verdict", (e) => {
    alive();
    const v = JSON.parse(e.data);
    clearTimeout(until);
    // Redraw even when the same verdict falls twice, so that it is seen.
    body.classList.remove("fresh");
    void body.offsetWidth;
    body.classList.add("fresh");
    show(v.verdict, v.message, "");
    sound(v.verdict);
    until = setTimeout(settle, verdictFor);
  });
  source.onerror = () => {
    down();
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(watchdog);
      watchdog = setTimeout(connect, 3000);
    }
  };
  alive();
}

/* The screen. */

function enlarge() {
  breathe();
  if (!document.fullscreenElement && document.fullscreenEnabled) document.documentElement.requestFullscreen().catch(() => {});
}

let shifted = 0;
setInterval(() => {
  shifted = (shifted + 1) % 9;
  body.dataset.shift = shifted;
}, shiftEvery);

document.addEventListener("click", breathe);
document.addEventListener("dblclick", enlarge);
document.addEventListener("keydown", (e) => { if (e.key === "Enter") enlarge(); });
window.addEventListener("resize", fit);

breathe();
settle();
connect();

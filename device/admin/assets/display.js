// The big screen beside a lane: one verdict at a time, large. It says that it
// is out of order as soon as it has lost touch with the station.
"use strict";

const beatLost = 13000; // ms without a word from the station
const verdictFor = 5000; // ms a verdict stays

const body = document.body;
const shape = document.getElementById("shape");
const message = document.getElementById("message");
const shapes = { ready: "#s-idle", closed: "#s-closed", down: "#s-closed", admit: "#s-admit", refuse: "#s-refuse", hold: "#s-hold" };

let rest = { state: body.dataset.show, message: message.textContent };
let until = null;
let watchdog = null;

function show(what, words) {
  body.dataset.show = what;
  shape.setAttribute("href", shapes[what] || shapes.hold);
  message.textContent = words;
}

function settle() {
  clearTimeout(until);
  until = null;
  show(rest.state, rest.message);
}

function down() {
  rest = { state: "down", message: body.dataset.down };
  settle();
}

function alive() {
  clearTimeout(watchdog);
  watchdog = setTimeout(() => { down(); connect(); }, beatLost);
}

let source = null;

function connect() {
  if (source) source.close();
  source = new EventSource(body.dataset.events);
  source.addEventListener("state", (e) => {
    alive();
    rest = JSON.parse(e.data);
    if (!until || rest.state !== "ready") settle();
  });
  source.addEventListener("verdict", (e) => {
    alive();
    const v = JSON.parse(e.data);
    clearTimeout(until);
    // Redraw even when the same verdict falls twice, so that it is seen.
    body.classList.remove("fresh");
    void body.offsetWidth;
    body.classList.add("fresh");
    show(v.verdict, v.message);
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

connect();

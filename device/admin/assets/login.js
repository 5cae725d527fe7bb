// Takes the token out of the address, where `gatescand demo` puts it behind
// the #, so that it never reaches a server's log or a browser's history.
"use strict";

const fragment = new URLSearchParams(location.hash.slice(1));
const token = fragment.get("token");
if (token) {
  history.replaceState(null, "", location.pathname);
  const form = document.getElementById("login");
  form.elements.password.value = token;
  form.submit();
}

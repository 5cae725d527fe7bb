// The page's calls to the demo. Every call gives the answer's JSON or throws
// an error whose message can be shown.

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The demo does not answer. Is it still running?");
  }
  let body = null;
  try {
    body = await response.json();
  } catch {
    throw new Error("The demo gave an answer that cannot be read.");
  }
  if (!response.ok) {
    const fault = body?.error ?? {};
    throw new Error([fault.message, fault.hint].filter(Boolean).join(" ") || "Something went wrong.");
  }
  return body;
}

const post = (path, body = {}) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const api = {
  status: () => call("/demo/status"),
  tickets: (query) => call("/demo/tickets?" + new URLSearchParams(query)),
  hold: (wish) => post("/demo/hold", wish),
  moods: () => call("/demo/moods"),
  network: (up, platform = "") => post("/demo/network", { up, platform }),
  mood: (platform, mood) => post("/demo/mood", { platform, mood }),
  sweep: (platform = "") => post("/demo/sweep", { platform }),
  sell: (platform) => post(`/demo/platforms/${encodeURIComponent(platform)}/sell`),
  columnOffice: (platform, id, action) =>
    post(`/demo/platforms/${encodeURIComponent(platform)}/codes/${encodeURIComponent(id)}/${encodeURIComponent(action)}`),
  office: (uuid, action) => post(`/demo/boxoffice/${encodeURIComponent(uuid)}/${encodeURIComponent(action)}`),
};

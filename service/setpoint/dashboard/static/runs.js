/** The page of runs: a list, the run that is looked at, and what keeps both current. */

import { account } from "./account.js";
import { get } from "./api.js";
import { byId, say } from "./dom.js";
import { Detail } from "./runs/detail.js";
import { RunList } from "./runs/list.js";
import { listen } from "./stream.js";

const PATIENCE = 2500;

const list = new RunList(byId("list"), byId("tally"), { onOpen: open });
const detail = new Detail(byId("detail"), { announce: (text) => say(byId("announce"), text), onClose: () => open(null) });

function chosen() {
  return new URLSearchParams(location.search).get("run");
}

/** Shows a run, or none. */
function open(name, { push = true } = {}) {
  if (push && name !== chosen()) history.pushState(null, "", name ? `/?run=${encodeURIComponent(name)}` : "/");
  document.title = name ? `${name} · Setpoint` : "Runs · Setpoint";
  document.body.classList.toggle("has-run", Boolean(name));
  list.mark(name);
  if (name) detail.open(name);
  else detail.close(list.size);
}

function hear(message) {
  if (message.type === "online") connection(message.online);
  else if (message.type === "resync") {
    list.load();
    detail.reload();
  } else if (message.type === "events") {
    list.hear(message.events);
    detail.hear(message.events);
  }
}

function connection(online) {
  const badge = byId("connection");
  badge.dataset.state = online ? "live" : "lost";
  say(badge, online ? "live" : "disconnected, trying again");
  document.body.classList.toggle("is-offline", !online);
  // It may be this session that has ended, and not the service.
  if (!online) get("/v1/info").catch(() => {});
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target.matches("input, textarea, select");
  if (event.key === "Escape") return escape(event, isTyping);
  if (isTyping) return;
  if (event.key === "/") {
    event.preventDefault();
    byId("filter").focus();
  } else if (event.key === "j" || event.key === "k") list.walk(event.key === "j" ? 1 : -1);
}

function escape(event, isTyping) {
  if (detail.cancel()) return;
  if (event.target === byId("filter") && byId("filter").value) {
    byId("filter").value = "";
    list.filter("");
  } else if (isTyping) event.target.blur();
}

byId("filter").addEventListener("input", () => list.filter(byId("filter").value));
byId("filter").addEventListener("keydown", (event) => event.key === "Enter" && list.walk(1));
byId("state").addEventListener("change", () => list.only(byId("state").value));
document.addEventListener("keydown", key);
window.addEventListener("popstate", () => open(chosen(), { push: false }));

open(chosen(), { push: false });
list.load().then(() => chosen() || detail.close(list.size));
listen(hear);
account(byId("account")).then((session) => detail.as(session));
get("/v1/info").then(({ auth }) => (byId("open-to-all").hidden = auth !== "off"), () => {});
setTimeout(() => byId("connection").dataset.state === "connecting" && connection(false), PATIENCE);

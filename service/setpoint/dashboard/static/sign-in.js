/** The page to sign in. A one-time link carries its secret after the `#`, where no server and no log gets to see it. */

import { whereOneWas } from "./api.js";
import { byId, invalid, say } from "./dom.js";
import { session, signIn, signOut } from "./session.js";

const UNKNOWN = "This token is not known here, or counts no more. A link signs in once, and soon.";

async function begin(secret) {
  tell("");
  try {
    await signIn(secret);
    location.replace(whereOneWas());
  } catch (problem) {
    tell(problem.status === 401 ? UNKNOWN : problem.message);
    byId("secret").select();
  }
}

function tell(text) {
  say(byId("told"), text);
  invalid(byId("secret"), text);
}

async function show() {
  const found = await session({ stays: true }).catch(() => null);
  if (!found?.name) return byId("secret").focus();
  say(byId("name"), found.name);
  say(byId("scope"), found.scope);
  byId("sign-in").hidden = true;
  byId("signed-in").hidden = false;
}

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  begin(byId("secret").value.trim());
});
byId("signed-in").addEventListener("submit", (event) => {
  event.preventDefault();
  signOut();
});

const carried = location.hash.slice(1);
if (carried) {
  history.replaceState(null, "", location.pathname); // not into the browser's history either
  begin(carried);
} else show();

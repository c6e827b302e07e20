/** The page to sign in. A one-time link carries its secret after the `#`, where no server and no log gets to see it. */

import { session, signIn, signOut } from "./session.js";

const of = (id) => document.getElementById(id);

async function begin(secret) {
  of("told").textContent = "";
  try {
    await signIn(secret);
    location.replace("/");
  } catch (problem) {
    of("told").textContent = problem.message;
    of("secret").select();
  }
}

async function show() {
  const found = await session().catch(() => null);
  if (!found?.name) return;
  of("name").textContent = found.name;
  of("scope").textContent = found.scope;
  of("signed-in").hidden = false;
}

of("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  begin(of("secret").value.trim());
});
of("signed-in").addEventListener("submit", (event) => {
  event.preventDefault();
  signOut();
});

const carried = location.hash.slice(1);
if (carried) {
  history.replaceState(null, "", location.pathname); // not into the browser's history either
  begin(carried);
} else {
  show();
}

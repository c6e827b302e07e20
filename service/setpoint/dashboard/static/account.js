/** Who looks, in the head of a page, and the way out. */

import { SIGN_IN } from "./api.js";
import { el } from "./dom.js";
import { session, signOut } from "./session.js";

const OPERATORS = new Set(["operator", "admin"]);

/**
 * Shows who is signed in; nothing where no token is asked for.
 * @param {HTMLElement} host
 * @returns {Promise<any>} the session, or null
 */
export async function account(host) {
  try {
    const found = await session({ stays: true });
    if (!found.name) return found;
    const out = el("button", { type: "button", class: "small", on: { click: signOut } }, "Sign out");
    host.replaceChildren(el("span", { class: "who", title: `Signed in as ${found.name}, ${found.scope}` }, found.name, el("span", { class: "quiet" }, ` ${found.scope}`)), out);
    return found;
  } catch (problem) {
    if (problem.status === 401) host.replaceChildren(el("a", { class: "button small", href: SIGN_IN }, "Sign in"));
    return null;
  }
}

/** Whether they may change a plan. */
export const mayOperate = (found) => !found || OPERATORS.has(found.scope);

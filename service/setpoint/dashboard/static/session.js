/** The session of this browser: begun with a token or a one-time link, and ended. The cookie is out of a script's reach. */

import { ask, post, SIGN_IN } from "./api.js";

/**
 * Who asks, and what they may: `name` is null where no token is asked for.
 * @param {{stays?: boolean}} [options] `stays`: who has not signed in stays where they are, and it throws
 */
export const session = async ({ stays } = {}) => (await ask("GET", "/v1/session", { stays })).data;

/** Begin a session with a token, or with what a one-time link carries. */
export const signIn = (secret) => post("/v1/session", { secret });

/** End it, on every replica; then there is nothing left to see but the page to sign in. */
export async function signOut() {
  await ask("DELETE", "/v1/session");
  location.assign(SIGN_IN);
}

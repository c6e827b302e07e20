/** The session of this browser: begun with a token or a one-time link, and ended. The cookie is out of a script's reach. */

import { ask, get, post } from "./api.js";

/** Where one signs in. */
export const SIGN_IN = "/sign-in";

/** Who asks, and what they may: `name` is null where no token is asked for. */
export const session = () => get("/v1/session");

/** Begin a session with a token, or with what a one-time link carries. */
export const signIn = (secret) => post("/v1/session", { secret });

/** End it, on every replica; then there is nothing left to see but the page to sign in. */
export async function signOut() {
  await ask("DELETE", "/v1/session");
  location.assign(SIGN_IN);
}

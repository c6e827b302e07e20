/** Asking the service. Its problems become errors that say what to do. */

/** What the service refused, and why. */
export class Problem extends Error {
  /**
   * @param {number} status 0 where the service could not be reached
   * @param {{type?: string, title?: string, detail?: string, errors?: {pointer: string, detail: string}[]}} body
   */
  constructor(status, body) {
    super(body.detail ?? body.title ?? "The service could not be reached.");
    this.status = status;
    this.code = (body.type ?? "").replace("/problems/", "");
    this.faults = body.errors ?? [];
    this.body = body;
  }
}

/**
 * Sends a request.
 * @param {string} method
 * @param {string} path
 * @param {{body?: any, headers?: Record<string, string>, signal?: AbortSignal, stays?: boolean}} [options] `stays`: the
 *   page is not left where one has to sign in first
 * @returns {Promise<{data: any, etag: string|null, status: number}>}
 */
export async function ask(method, path, { body, headers = {}, signal, stays } = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const json = body === undefined ? {} : { "content-type": "application/json" };
  let answer;
  try {
    answer = await fetch(path, { method, headers: { accept: "application/json", ...json, ...headers }, signal, ...sent });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, {});
  }
  const data = await answer.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    return {};
  });
  if (answer.status === 401 && !stays) signInFirst();
  if (!answer.ok) throw new Problem(answer.status, data);
  return { data, etag: answer.headers.get("etag"), status: answer.status };
}

/** Where one signs in. */
export const SIGN_IN = "/sign-in";

const BACK = "setpoint-back";

/** Leaves for the page to sign in, which comes back here. */
function signInFirst() {
  if (location.pathname === SIGN_IN) return;
  sessionStorage.setItem(BACK, location.pathname + location.search + location.hash);
  location.assign(SIGN_IN);
}

/** Where one was before one had to sign in. */
export function whereOneWas() {
  const back = sessionStorage.getItem(BACK) ?? "/";
  sessionStorage.removeItem(BACK);
  return back;
}

/** What is at an address. */
export const get = async (path, signal) => (await ask("GET", path, { signal })).data;

/** What comes of sending `body`. */
export const post = async (path, body, signal) => (await ask("POST", path, { body, signal })).data;

/** The address of a run, and of what belongs to it. */
export const ofRun = (name, rest = "") => `/v1/runs/${encodeURIComponent(name)}${rest}`;

/** A key for a request that may be sent twice; `crypto.randomUUID` is not there on plain-http pages. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The address says all of what is shown, so that it can be kept, shared, and gone back to. */

import { NONE } from "./palette.js";

const KNOWN = new Set([
  "view", "text", "query", "emotion", "hashtag", "user", "lang", "since", "until", "all",
  "kind", "by", "chart", "week", "show",
]);
export const FILTER = ["query", "emotion", "hashtag", "user", "lang", "since", "until", "all"];
const DEFAULTS = { view: "try" };
const listeners = [];

/** What the address says, by name, in one spelling; a name that it does not hold is not there. */
export function read() {
  const given = [...new URLSearchParams(location.search)].filter(([name, value]) => KNOWN.has(name) && value);
  return settled({ ...DEFAULTS, ...Object.fromEntries(given) });
}

/** `all` only where the API takes it for true; then the best emotion counts, and no tweet holds none. */
function settled({ all, ...state }) {
  if (!/^(1|t|true|y|yes|on)$/i.test(all)) return state;
  return { ...state, all: "true", emotion: state.emotion?.toLowerCase() === NONE ? "" : state.emotion };
}

/** The address of a state. */
export function address(state) {
  const told = Object.entries(state).filter(([name, value]) => KNOWN.has(name) && value && value !== DEFAULTS[name]);
  const query = new URLSearchParams(told).toString();
  return query ? `?${query}` : "./";
}

/** A state with changes; where these mean other tweets, the list of them is as short as at first. */
export function changed(state, changes) {
  const others = FILTER.some((name) => name in changes && (changes[name] ?? "") !== (state[name] ?? ""));
  return { ...state, ...(others && { show: "" }), ...changes };
}

/** Change what the address says; a value that is empty is taken out. */
export function go(changes, { replace = false } = {}) {
  const wanted = address(settled(changed(read(), changes)));
  if (wanted === (location.search || "./")) return;
  history[replace ? "replaceState" : "pushState"](null, "", wanted);
  for (const listener of listeners) listener();
}

/** Call back whenever the address changed, by `go` or by the browser's own buttons. */
export function watch(listener) {
  listeners.push(listener);
  addEventListener("popstate", listener);
}

/** Only these names of a state, for a comparison or a question. */
export function pick(state, names) {
  return Object.fromEntries(names.filter((name) => state[name]).map((name) => [name, state[name]]));
}

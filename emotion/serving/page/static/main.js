/** The page: which view the address names, and the way between them. */

import { FILTER, address, changed, go, read, watch } from "./address.js";
import { el, fill } from "./dom.js";
import * as live from "./views/live.js";
import * as model from "./views/model.js";
import * as store from "./views/store.js";
import * as attempt from "./views/try.js";

const VIEWS = { try: attempt, live, store, model };
const FILTERED = new Set(["live", "store"]);
const main = document.getElementById("main");
let shown = { name: null, view: null };
const typed = {}; // what each view was last asked to show, to come back to it

function show() {
  const state = read();
  const name = Object.hasOwn(VIEWS, state.view) ? state.view : "try";
  typed[name] = state;
  link(name);
  if (name !== shown.name) {
    const first = shown.name === null;
    shown.view?.close();
    fill(main);
    shown = { name, view: VIEWS[name].open(main) };
    document.title = `${VIEWS[name].title} · Emotion`;
    scrollTo(0, 0);
    if (!first) main.querySelector("h1")?.focus({ preventScroll: true });
  }
  shown.view.update(state);
}

/** Links to the views, each to what it last showed; filters go along from one that filters to another. */
function link(here) {
  const links = Object.entries(VIEWS).map(([name, { title }]) => {
    const wanted = { ...changed(typed[name] ?? {}, FILTERED.has(name) && FILTERED.has(here) ? common(typed[here]) : {}), view: name };
    const current = name === here ? "page" : null;
    return el("li", {}, el("a", { href: address(wanted), "aria-current": current, on: { click: (event) => follow(event, wanted) } }, title));
  });
  fill(document.getElementById("views"), links);
}

/** What the views that filter share: all but the period, as what arrives is always the newest. */
function common(state) {
  return Object.fromEntries(FILTER.filter((name) => name !== "since" && name !== "until").map((name) => [name, state[name]]));
}

function follow(event, wanted) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go({ ...Object.fromEntries(Object.keys(read()).map((name) => [name, ""])), ...wanted });
}

document.querySelector(".brand").addEventListener("click", (event) => follow(event, { view: "try" }));
watch(show);
show();

/** Search in the tweets that the filters let through, newest first. */

import { FILTER, go, pick } from "../address.js";
import { question } from "../api.js";
import { el } from "../dom.js";
import { find, nothing } from "../filters.js";
import { colours } from "../palette.js";
import { Panel } from "../panel.js";
import { tweet } from "../tweets.js";
import { number } from "../words.js";

const STEP = 20;
const MOST = 500; // the API gives no more at once

/** The panel, with its own field for words. */
export function found({ described }) {
  const colour = colours(described.emotions);
  return new Panel({
    id: "tweets",
    title: "Tweets",
    about: "Those that hold all the words, newest first.",
    controls: searching(),
    tall: 420,
    keys: [...FILTER, "show"],
    load: (state, signal) => question("search", { ...pick(state, FILTER), limit: shown(state) }, signal),
    draw: (answer, state) => draw(answer, state, colour),
    empty: nothing,
  });
}

const shown = (state) => Math.min(Math.max(Number.parseInt(state.show, 10) || STEP, 1), MOST);

function searching() {
  const field = find();
  const send = (event) => {
    event.preventDefault();
    go({ query: new FormData(node).get("query").trim(), show: "" });
  };
  const node = el("form", { role: "search", class: "filters", "aria-label": "Tweets", on: { submit: send } }, field);
  let last;
  const update = ({ query }) => {
    if (query !== last) node.elements.query.value = query ?? ""; // else it may be half typed
    last = query;
  };
  return { node, update };
}

function draw({ total, hits }, state, colour) {
  if (!hits.length) return null;
  const more = total > hits.length && shown(state) < MOST;
  const next = () => go({ show: String(Math.min(shown(state) + STEP, MOST)) }, { replace: true });
  return [
    el("p", { class: "caption", role: "status" }, `${number(total)} ${total === 1 ? "tweet" : "tweets"}${total > hits.length ? `; the newest ${number(hits.length)} are shown` : ""}.`),
    el("ol", { class: "stream" }, hits.map((hit) => el("li", {}, tweet(hit, colour.get(hit.emotion))))),
    more && el("button", { type: "button", class: "button plain", on: { click: next } }, "Show more"),
  ];
}

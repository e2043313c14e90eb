/** The tweets that the filters let through, newest first. */

import { FILTER, go } from "../address.js";
import { question } from "../api.js";
import { el } from "../dom.js";
import { asked, nothing } from "../filters.js";
import { colours } from "../palette.js";
import { Panel } from "../panel.js";
import { tweet } from "../tweets.js";
import { number } from "../words.js";

const STEP = 20;
const MOST = 500; // the API gives no more at once

/** The panel. */
export function found({ described }) {
  const colour = colours(described.emotions);
  return new Panel({
    id: "tweets",
    title: "Tweets",
    about: "The newest first.",
    tall: 420,
    keys: [...FILTER, "show"],
    load: (state, signal) => question("search", { ...asked(state), limit: shown(state) }, signal),
    draw: (answer, state) => draw(answer, state, colour),
    empty: nothing,
  });
}

const shown = (state) => Math.min(Math.max(Number.parseInt(state.show, 10) || STEP, 1), MOST);

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

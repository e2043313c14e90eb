/** The numbers of a store, and the share of each emotion. */

import { FILTER } from "../address.js";
import { numbers } from "../controls.js";
import { el } from "../dom.js";
import { nothing } from "../filters.js";
import { NONE, colours, inOrder } from "../palette.js";
import { Panel } from "../panel.js";
import { mix } from "../tweets.js";
import { percent, stretch } from "../words.js";

/** The panel; it also says when a job on the store has not come to its end. */
export function overview({ summary }) {
  return new Panel({ id: "numbers", tall: 190, keys: FILTER, load: summary, draw, empty: nothing });
}

function draw(summary, state) {
  if (!summary.tweets) return null;
  const order = inOrder(Object.keys(summary.emotions)).filter((emotion) => summary.emotions[emotion] || (emotion !== NONE && !state.emotion));
  const told = [
    ["tweets", summary.tweets],
    state.all || state.emotion ? null : ["counted as holding a feeling", percent(summary.felt, summary.tweets)],
    summary.authors ? ["authors", summary.authors] : null,
    ["retweets", percent(summary.retweets, summary.tweets)],
    ["stand between two emotions", percent(summary.ambiguous, summary.tweets)],
  ];
  const times = summary.first ? stretch(summary.first, new Date(Date.parse(summary.last) + 1).toISOString()) : "";
  return [
    summary.unfinished && el("p", { class: "notice", role: "status" }, "A job on this store has not come to its end: numbers may still change, and some tweets may count twice."),
    numbers(told.filter(Boolean)),
    mix(summary.emotions, order, colours(order), "Share of each emotion:"),
    times && el("p", { class: "caption" }, times, " (UTC)", summary.undated ? `; ${summary.undated.toLocaleString("en-US")} tweets have no date` : "", "."),
  ];
}

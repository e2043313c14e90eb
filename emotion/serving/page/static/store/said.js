/** The strongest tweets of each emotion. */

import { FILTER } from "../address.js";
import { question } from "../api.js";
import { el } from "../dom.js";
import { asked, nothing } from "../filters.js";
import { colours, inOrder } from "../palette.js";
import { Panel } from "../panel.js";
import { dot, tweet } from "../tweets.js";

/** The panel. */
export function said() {
  return new Panel({
    id: "in-their-words",
    title: "In their words",
    about: "The tweets the model is surest of. The more a word is coloured, the more the model looked at it.",
    tall: 420,
    keys: FILTER,
    load: (state, signal) => question("examples", asked(state), signal),
    draw,
    empty: nothing,
  });
}

function draw(found) {
  const emotions = inOrder(Object.keys(found)).filter((emotion) => found[emotion].length);
  if (!emotions.length) return null;
  const colour = colours(emotions);
  const column = (emotion) => el("div", {}, el("h3", {}, dot(colour.get(emotion)), emotion), found[emotion].map((hit) => tweet(hit, colour.get(emotion))));
  return el("div", { class: "said" }, emotions.map(column));
}

/** What each emotion is about: hashtags, words, emoji, mentions and entities, each a way to its tweets. */

import { FILTER, go } from "../address.js";
import { question } from "../api.js";
import { choice, together } from "../controls.js";
import { el } from "../dom.js";
import { asked, nothing } from "../filters.js";
import { NONE, colours, inOrder } from "../palette.js";
import { Panel } from "../panel.js";
import { number } from "../words.js";

const KINDS = ["hashtags", "words", "emoji", "mentions", "entities"];
const OFTEN = "often";
const MOST = 14;
const MARKS = { hashtags: "#", mentions: "@" };

/** The panel; terms that mark an emotion against all other tweets, or those most often in it. */
export function about() {
  const kinds = choice("kind", "What is counted", KINDS);
  const by = choice("by", "Which of them", [["marks", "that mark it"], [OFTEN, "most often"]]);
  return new Panel({
    id: "about-what",
    title: "About what",
    about: "What the tweets of each emotion hold; what marks it stands in them far more than in all others. Choose one to see its tweets.",
    controls: together(kinds, by),
    tall: 320,
    keys: [...FILTER, "kind", "by"],
    load: (state, signal) => question(state.by === OFTEN ? "top-by-emotion" : "significant", { ...asked(against(state)), kind: kind(state), limit: MOST }, signal),
    draw,
    empty: (state) => (kind(state) === "entities" ? "No tweets here hold entities that are known." : nothing(state)),
  });
}

/** What marks an emotion is found against all others, so the filter on one of them only chooses what is shown. */
const against = (state) => ({ ...state, emotion: "" });
const kind = (state) => (KINDS.includes(state.kind) ? state.kind : KINDS[0]);

function draw(found, state) {
  const emotions = inOrder(Object.keys(found)).filter((emotion) => emotion !== NONE && found[emotion].length && (!state.emotion || state.emotion === emotion));
  if (!emotions.length) return null;
  const colour = colours(Object.keys(found));
  return el("div", { class: "grid" }, emotions.map((emotion) => card(emotion, found[emotion], colour.get(emotion), state)));
}

function card(emotion, terms, colour, state) {
  const weight = (term) => term.score ?? term.tweets;
  const most = weight(terms[0]);
  const size = (term) => (weight(term) > 0.72 * most ? 3 : weight(term) > 0.5 * most ? 2 : 1);
  const item = (term) => el("li", { class: `s${size(term)}` }, button(term, kind(state), state.query));
  return el("article", { class: "card emotion", vars: { c: colour } }, el("h3", {}, emotion), el("ul", { class: "words" }, terms.map(item)));
}

function button(term, of, query) {
  const wanted = of === "hashtags" ? { hashtag: term.term } : { query: within(query, of === "mentions" ? `@${term.term}` : term.term) };
  const said = `${number(term.tweets)} tweets${term.elsewhere === undefined ? "" : ` here, ${number(term.elsewhere)} elsewhere`}`;
  return el("button", { type: "button", class: "term", title: said, on: { click: () => go(wanted) } }, el("bdi", {}, `${MARKS[of] ?? ""}${term.written}`));
}

/** The words within which a term was counted, and the term. */
const within = (query = "", term) => (query.split(/\s+/).includes(term) ? query : `${query} ${term}`.trim());

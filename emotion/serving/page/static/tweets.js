/** Tweets, and texts with their words shaded. All of it is data of strangers: shown, never read as anything else. */

import { el, hidden } from "./dom.js";
import { NONE } from "./palette.js";
import { moment, percent } from "./words.js";

const DARKEST = 55; // per cent of the colour behind the word of most weight

/**
 * A text with stretches shaded by weight and others marked. Places count code points, as the API counts them, not
 * UTF-16 units, and of stretches that overlap the first counts.
 */
export function shaded(text, shades, highlights = []) {
  const points = Array.from(text);
  const most = Math.max(...shades.map(([, , weight]) => weight), 0) || 1;
  const weights = new Map(shades.map(([start, end, weight]) => [`${start} ${end}`, weight]));
  const wanted = new Set(highlights.map(([start, end]) => `${start} ${end}`));
  const stretches = [...shades.map(([start, end]) => [start, end]), ...highlights].sort((a, b) => a[0] - b[0]);
  const parts = [];
  let at = 0;
  for (const [start, end] of stretches) {
    if (start < at || end <= start || end > points.length) continue;
    parts.push(points.slice(at, start).join(""));
    const place = `${start} ${end}`;
    parts.push(mark(points.slice(start, end).join(""), weights.get(place), most, wanted.has(place)));
    at = end;
  }
  return [...parts, points.slice(at).join("")];
}

function mark(word, weight, most, wanted) {
  const shade = weight === undefined ? 0 : Math.round((DARKEST * weight) / most);
  const title = weight === undefined ? null : `attention ${percent(weight, 1)}`;
  return el("mark", { vars: { w: shade }, title, class: wanted ? "found" : null }, word);
}

/** A tweet as a card: its text, who wrote it and when, and what is felt in it. */
export function tweet(hit, colour) {
  const isFelt = hit.emotion !== NONE;
  const told = [hit.user_name && `@${hit.user_name}`, moment(hit.created_at), isFelt && `${percent(hit.score, 1)} sure`];
  return el(
    "blockquote",
    { vars: { c: colour }, "data-id": hit.tweet_id },
    el("p", { dir: "auto", class: "said-text" }, shaded(hit.text, hit.shades, hit.highlights)),
    el(
      "footer",
      {},
      el("span", { class: "felt" }, dot(colour), hit.emotion),
      isFelt && hit.ambiguous && el("span", { class: "soft" }, `or ${hit.second}`),
      told.filter(Boolean).map((text) => el("bdi", {}, text)),
    ),
  );
}

/** A small square of a colour. */
export function dot(colour) {
  return el("span", { class: "dot", vars: { c: colour }, "aria-hidden": "true" });
}

/** Counts as one strip of colours, with a list that says the same in words. */
export function mix(counts, order, colour, said) {
  const total = order.reduce((sum, emotion) => sum + (counts[emotion] ?? 0), 0);
  const parts = order.filter((emotion) => counts[emotion]);
  return el(
    "div",
    { class: "mix" },
    hidden(said),
    el("div", { class: "strip", "aria-hidden": "true" }, parts.map((emotion) => el("span", { class: "share", vars: { c: colour.get(emotion), n: counts[emotion] } }))),
    el(
      "ul",
      { class: "legend" },
      order.map((emotion) => el("li", {}, dot(colour.get(emotion)), emotion, el("b", {}, percent(counts[emotion] ?? 0, total)))),
    ),
  );
}

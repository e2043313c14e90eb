/** Emotions over time. What is dragged over becomes the period of the whole dashboard. */

import { FILTER, go } from "../address.js";
import { question } from "../api.js";
import { choice, folded } from "../controls.js";
import { el } from "../dom.js";
import { asked, nothing } from "../filters.js";
import { NONE, colours, inOrder } from "../palette.js";
import { Panel } from "../panel.js";
import { AXIS, layout, markless, plot } from "../plots.js";
import { dot } from "../tweets.js";
import { byFor, date, number, period, widened, written } from "../words.js";

const DATES = [
  { dtickrange: [null, 86_399_999], value: "%H:%M\n%-d %b %Y" },
  { dtickrange: [86_400_000, "M1"], value: "%-d %b\n%Y" },
  { dtickrange: ["M1", "M12"], value: "%b\n%Y" },
  { dtickrange: ["M12", null], value: "%Y" },
];
const SHARE = "share";
const NARROW = 100; // so many bars have no pixel to spare between them

/** The panel. */
export function timeline({ summary }) {
  const keys = [...FILTER, "chart"];
  const controls = choice("chart", "What the chart shows", ["tweets", [SHARE, "share of feelings"]]);
  const load = async (state, signal) => {
    const { first, last, peaks } = await summary(state, signal);
    const by = byFor(date(first), date(last)); // of the tweets: a filter may ask for far more than there is
    return { by, buckets: await question("timeline", { ...asked(state), by }, signal), peaks };
  };
  return new Panel({ id: "over-time", title: "Over time", controls, tall: 430, keys, load, draw, empty: nothing });
}

function draw({ by, buckets, peaks }, state) {
  if (!buckets.length) return null;
  const all = inOrder(Object.keys(buckets[0].emotions));
  const emotions = all.includes(state.emotion) && state.emotion !== NONE ? [state.emotion] : all;
  const place = el("div", { class: "chart", id: "timeline", role: "img", "aria-label": `The emotions, one on the other, by ${by}; the numbers are in the table below.` });
  const rows = buckets.filter(({ tweets }) => tweets).map((bucket) => [period(date(bucket.start), by), number(bucket.tweets), ...emotions.map((emotion) => number(bucket.emotions[emotion] ?? 0))]);
  plot(place, figure(buckets, by, emotions, colours(all), state.chart === SHARE)).then(() => zooming(place, by), (error) => place.replaceChildren(error.message));
  return [
    el("figure", { class: "card" }, place, folded("The numbers", [by, "tweets", ...emotions], rows)),
    standing(peaks, colours(all)),
  ];
}

function figure(buckets, by, emotions, colour, isShare) {
  const apart = emotions.includes(NONE);
  const alone = buckets.length === 1; // no scale of time: it is named
  const x = buckets.map(({ start }) => (alone ? period(date(start), by) : start.slice(0, 16).replace("T", " ")));
  const touch = matchMedia("(pointer: coarse)").matches;
  return {
    data: emotions.map((emotion) => ({ x, ...trace(emotion, buckets, colour.get(emotion), isShare) })),
    layout: layout({
      margin: { l: 8, r: 8, t: 16, b: 8 },
      hovermode: "x unified",
      barmode: "stack",
      bargap: x.length < NARROW ? 0.15 : 0,
      dragmode: touch ? false : "zoom", // a finger scrolls the page
      xaxis: { ...AXIS, type: alone ? "category" : "date", fixedrange: touch || alone, showgrid: false, anchor: apart ? "y2" : "y", tickformatstops: DATES },
      yaxis: { ...AXIS, domain: [apart ? 0.27 : 0, 1], title: { text: isShare ? "% of feelings" : "tweets" }, rangemode: "tozero" },
      yaxis2: { ...AXIS, domain: [0, 0.19], title: { text: NONE }, nticks: 3, rangemode: "tozero" },
    }),
  };
}

function trace(emotion, buckets, colour, isShare) {
  const counts = buckets.map(({ emotions }) => emotions[emotion] ?? 0);
  const shared = { y: counts, name: markless(emotion), hovertemplate: "%{y:,}" };
  const bar = { ...shared, type: "bar", marker: { color: colour } };
  if (emotion === NONE) return { ...bar, yaxis: "y2" };
  // Bars, as an area would fall to 0 % where nothing is felt.
  if (isShare) return { ...bar, y: counts.map((count, place) => share(count, felt(buckets[place]))), hovertemplate: "%{y:.0f} %" };
  if (buckets.length === 1) return bar;
  return { ...shared, type: "scatter", mode: "lines", stackgroup: "felt", fillcolor: colour, line: { width: 0.8, color: "var(--card)", shape: "linear" } };
}

const felt = ({ tweets, emotions }) => tweets - (emotions[NONE] ?? 0);
const share = (part, whole) => (whole ? (100 * part) / whole : null);

function zooming(place, by) {
  place.removeAllListeners?.("plotly_relayout");
  place.on?.("plotly_relayout", (change) => {
    const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]].map((at) => at && date(String(at).slice(0, 16).replace(" ", "T")));
    if (!from || !to) return;
    const [since, until] = widened(from.getTime(), to.getTime(), by);
    go({ since: written(since), until: written(until) });
  });
}

function standing(peaks, colour) {
  if (!peaks.length) return null;
  const items = peaks.map((peak) => {
    const [since, until] = widened(Date.parse(peak.start), Date.parse(peak.start) + 1, "day");
    const tag = peak.hashtag ? [", around ", el("bdi", {}, `#${peak.hashtag}`)] : "";
    const day = el("button", { type: "button", class: "term", on: { click: () => go({ since: written(since), until: written(until) }) } }, period(since, "day"));
    return el("li", {}, dot(colour.get(peak.emotion)), el("span", {}, day, " ", el("strong", {}, peak.emotion), ` in ${number(peak.tweets)} tweets, usually ${Math.round(peak.usual)}`, tag));
  });
  return el("div", { class: "standing" }, el("h3", {}, "Days that stand out"), el("ul", {}, items));
}

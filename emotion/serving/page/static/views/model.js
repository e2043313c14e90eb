/** Which model answers, how it was made and what it is worth, and whether today's texts are like those it knows. */

import { ask } from "../api.js";
import { facts } from "../controls.js";
import { el, fill, hidden } from "../dom.js";
import { markdown } from "../markdown.js";
import { Panel, head } from "../panel.js";
import { moment, number } from "../words.js";

const share = (value) => `${(100 * value).toFixed(1)}\u00a0%`;
const MEASURES = {
  unknown: ["words it does not know", share],
  confidence: ["how sure it is where something is felt", share],
  words: ["words in a text", (value) => value.toFixed(1)],
  mix: ["how far the mix of emotions has moved (PSI)", (value) => value.toFixed(2)],
};

export const title = "Model";

/** The view, as main.js knows it. */
export function open(place) {
  const panels = [
    new Panel({ id: "served", title: "Who answers", keys: [], tall: 120, load: (_, signal) => ask("models", { signal }), draw: served, empty: "No model is loaded yet." }),
    new Panel({ id: "card", title: "Its card", keys: [], tall: 600, load: (_, signal) => ask("model", { signal }), draw: card, empty: "The bundle has no card." }),
  ];
  fill(place, head("The model", "What answers here, how it was made, and what it can be relied on for."), panels.map((panel) => panel.node));
  return {
    update: (state) => panels.forEach((panel) => panel.update(state)),
    close: () => panels.forEach((panel) => panel.stop()),
  };
}

function served({ models, status }) {
  if (!models.length) return null;
  const { drift, ...others } = status;
  return [models.map(model), drifted(drift), other(others)];
}

function model(held) {
  const role = { main: "answers", canary: `canary, answers ${Math.round(100 * held.share)} % of the requests`, shadow: "shadow, is only compared" };
  return el(
    "article",
    { class: "card" },
    el("h3", {}, el("bdi", {}, held.name), " ", el("small", {}, role[held.role] ?? held.role)),
    facts([
      ["id", el("code", {}, held.id)],
      ["engine", held.engine],
      ["languages", held.languages.join(", ") || "any"],
      ["tells which words it looked at", held.attention ? "yes" : "no"],
      ["loaded", moment(held.since)],
      ["one of", held.labels.join(", ")],
      ["any of", held.profile_labels.join(", ") || "no profile"],
    ]),
  );
}

function drifted(drift) {
  const measures = drift?.measures ?? [];
  const enough = measures.length > 0 && measures.every(({ now }) => Number.isFinite(now)) && !drift.said;
  const far = measures.filter(({ drifting }) => drifting);
  const heads = ["measure", "now", "when made", ...(enough ? [""] : [])];
  const head = (name, place) => el("th", { scope: "col", class: place === 1 || place === 2 ? "n" : null }, name || hidden("verdict"));
  const shown = drift?.texts ? measures.filter(({ now }) => Number.isFinite(now)).map((measure) => row(measure, enough)) : [];
  const table = () => el("table", {}, el("thead", {}, el("tr", {}, heads.map(head))), el("tbody", {}, shown));
  return el(
    "article",
    { class: "card" },
    el("h3", {}, "Drift"),
    el("p", { class: far.length ? "notice" : "soft" }, said(drift, enough, far)),
    shown.length ? el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Drift" }, table()) : null,
  );
}

function row({ name, now, bundle, drifting }, enough) {
  const [text, write] = MEASURES[name] ?? [name, String];
  return el(
    "tr",
    { class: drifting ? "far" : null },
    el("th", { scope: "row" }, text),
    el("td", { class: "n" }, write(now)),
    el("td", { class: "n" }, Number.isFinite(bundle) ? write(bundle) : "–"),
    enough && el("td", {}, drifting ? "far off" : "as usual"),
  );
}

function said(drift, enough, far) {
  if (!drift?.texts) return "No texts have come yet to compare with those the model was made with.";
  if (drift.said) return drift.said;
  if (!enough) return `${number(drift.texts)} texts have come yet, too few to tell whether they are like those the model was made with.`;
  const texts = `The latest ${number(drift.texts)} texts`;
  return far.length ? `${texts} are not like those the model was made with; read some beside its answers before you rely on it.` : `${texts} are like those the model was made with.`;
}

function other(status) {
  const told = Object.entries(status).filter(([, value]) => value !== null && value !== undefined);
  if (!told.length) return null;
  return el("article", { class: "card" }, el("h3", {}, "What became of it"), facts(told.map(([name, value]) => [name, typeof value === "object" ? el("code", {}, JSON.stringify(value)) : String(value)])));
}

function card({ card: text, licence }) {
  if (!text) return null;
  const terms = licence && el("details", {}, el("summary", {}, "Its licence"), el("pre", { class: "licence", tabindex: "0" }, licence));
  return el("article", { class: "card prose" }, markdown(text), terms);
}

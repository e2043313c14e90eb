/** A text, and what is felt in it, while it is being written. */

import { go } from "../address.js";
import { ask } from "../api.js";
import { bars, folded } from "../controls.js";
import { el, fill } from "../dom.js";
import { colours, inOrder } from "../palette.js";
import { failure, head } from "../panel.js";
import { shaded } from "../tweets.js";
import { percent } from "../words.js";

const PAUSE = 250; // ms without a key before it is asked
const LONGEST = 2000; // characters that an address takes
const EXAMPLES = [
  "I can't believe we won!! Best night of my life",
  "why does my bus never come when it rains, this city hates me",
  "I miss you. The house is so quiet since you left.",
  "something moved in the attic and now I can't sleep",
];

export const title = "Try a text";

/** The view: `update` takes a state of the address, `close` gives up what is asked. */
export function open(place) {
  return new Try(place);
}

class Try {
  constructor(place) {
    this.field = el("textarea", { id: "text", rows: "4", dir: "auto", maxlength: "50000", placeholder: "Write or paste a tweet…", "aria-describedby": "text-hint", on: { input: () => this.wrote() } });
    this.answer = el("div", { id: "answer" });
    this.said = el("p", { class: "hidden", role: "status" });
    const example = (text) => el("li", {}, el("button", { type: "button", class: "example", on: { click: () => this.put(text) } }, text));
    this.examples = el("ul", { class: "examples", "aria-label": "Examples" }, EXAMPLES.map(example));
    const form = el("div", { class: "card write" }, el("label", { for: "text" }, "A tweet"), this.field, el("p", { class: "hint", id: "text-hint" }, "Nothing is kept. The more a word is coloured, the more the model looked at it."));
    fill(place, head("What is felt here?", "Write, and see what the model makes of it with every word."), form, this.examples, this.answer, this.said);
  }

  put(text) {
    this.field.value = text;
    this.field.focus();
    go({ text });
  }

  wrote() {
    const text = this.field.value;
    go({ text: text.length > LONGEST ? "" : text }, { replace: true });
    this.soon(text);
  }

  update(state) {
    const text = state.text ?? "";
    const isTooLong = !text && this.field.value.length > LONGEST; // for the address, which says nothing of it
    if (!isTooLong && this.field.value !== text) this.field.value = text;
    this.soon(this.field.value, this.shown === undefined ? 0 : PAUSE);
  }

  soon(text, pause = PAUSE) {
    if (text === this.shown) return;
    this.shown = text;
    clearTimeout(this.timer);
    this.asking?.abort();
    this.timer = setTimeout(() => this.ask(text), pause);
  }

  async ask(text) {
    this.examples.hidden = Boolean(text.trim());
    if (!text.trim()) return this.show([], "");
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.answer.setAttribute("aria-busy", "true");
    try {
      const found = await ask("emotions", { query: { attention: true }, body: { text }, signal });
      if (!signal.aborted) this.show(drawn(text, found), sentence(found));
    } catch (error) {
      if (!signal.aborted) this.show(failure(error, () => this.ask(text)), "");
    }
  }

  show(nodes, said) {
    this.answer.removeAttribute("aria-busy");
    fill(this.answer, nodes);
    this.said.textContent = said;
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
  }
}

function drawn(text, found) {
  const colour = colours(Object.keys(found.scores));
  const words = found.attention;
  const shades = (words ?? []).map(({ start, end, weight }) => [start, end, weight]);
  return [
    el(
      "section",
      { class: "card verdict", vars: { c: colour.get(found.emotion) }, "aria-label": "What is felt" },
      el("p", { class: "emotion-name" }, found.felt ? found.emotion : "nothing much"),
      el("p", { class: "soft" }, sentence(found)),
      el("p", { class: "read", dir: "auto" }, shaded(text, shades)),
      words === null && el("p", { class: "hint" }, "This model does not tell which words it looked at."),
    ),
    el("div", { class: "two" }, scores(found, colour), profile(found)),
    words?.length ? el("section", { class: "card", "aria-label": "Attention" }, folded("Attention in numbers", ["word", "weight"], words.map(({ word, weight }) => [el("bdi", {}, word), percent(weight, 1)]))) : null,
  ];
}

function sentence({ emotion, score, second, felt, ambiguous, unknown }) {
  const sure = `${emotion}, ${percent(score, 1)} sure`;
  const doubt = ambiguous ? `, and ${second} is about as likely` : "";
  const strange = unknown > 0.3 ? ` ${percent(unknown, 1)} of its words are not known to the model.` : "";
  return (felt ? `The text is felt as ${sure}${doubt}.` : `Hardly anything is felt; if at all, ${sure}${doubt}.`) + strange;
}

function scores(found, colour) {
  const order = inOrder(Object.keys(found.scores)).sort((a, b) => found.scores[b] - found.scores[a]);
  const shown = bars(order.map((label) => [label, found.scores[label]]), colour, (label) => label === found.emotion);
  return el("section", { class: "card", "aria-labelledby": "scores" }, el("h2", { id: "scores", class: "small-title" }, "One of these"), shown);
}

function profile(found) {
  const labels = Object.keys(found.profile).sort((a, b) => found.profile[b] - found.profile[a]);
  if (!labels.length) return null;
  const colour = colours(labels);
  const on = new Set(found.emotions);
  return el(
    "section",
    { class: "card", "aria-labelledby": "profile" },
    el("h2", { id: "profile", class: "small-title" }, "Any of these"),
    bars(labels.map((label) => [label, found.profile[label]]), colour, (label) => on.has(label)),
    el("p", { class: "hint" }, on.size ? `${on.size} of ${labels.length} reach the model's threshold: ${found.emotions.join(", ")}.` : "None reaches the model's threshold."),
  );
}

/** Which tweets are meant: the form that the live view and the dashboard share, and what it says in words. */

import { go, pick, FILTER } from "./address.js";
import { el, fill } from "./dom.js";
import { NONE, colours, inOrder } from "./palette.js";
import { dot } from "./tweets.js";
import { date, stretch, written } from "./words.js";

const FIELDS = { hashtag: "Hashtag", user: "User", lang: "Language" };
const HINTS = { hashtag: "storm", user: "name or id", lang: "en" };

/** The form for these names of the address; `emotions` come later, with `know`. */
export class Filters {
  constructor(names) {
    this.names = names;
    this.written = new Map(); // what the address put into each field
    this.chips = el("div", { class: "choice chips", role: "group", "aria-label": "Emotion" });
    this.fields = names.filter((name) => FIELDS[name]).map((name) => this.field(name));
    this.times = names.includes("since") ? ["since", "until"].map((name) => time(name)) : [];
    this.all = names.includes("all") && el("input", { type: "checkbox", name: "all", id: "all", on: { change: () => this.send() } });
    this.refused = el("div", { class: "refused" });
    this.pills = el("ul", { class: "pills", "aria-label": "Filters that are on" });
    this.more = el("details", { class: "more" }, el("summary", {}, "More filters"), el("div", { class: "fields" }, this.rest()));
    this.node = this.form();
  }

  form() {
    const submit = (event) => { event.preventDefault(); this.send(); };
    const search = this.names.includes("query") && find();
    return el("form", { role: "search", class: "filters", on: { submit } }, search, this.refused, this.chips, this.more, this.pills);
  }

  field(name) {
    const input = el("input", { type: "text", name, id: name, placeholder: HINTS[name], autocomplete: "off", autocapitalize: "off", maxlength: "200", on: { change: () => this.send() } });
    return el("div", { class: "field" }, el("label", { for: name }, FIELDS[name]), input);
  }

  rest() {
    for (const node of this.times) node.querySelector("input").addEventListener("change", () => this.send());
    const check = this.all && el("label", { class: "check", for: "all" }, this.all, "Count the best emotion even where nothing is felt");
    return [...this.fields, ...this.times, check, el("button", { type: "submit", class: "button plain" }, "Apply")];
  }

  /** The store's emotions, to choose from. */
  know(emotions) {
    this.emotions = inOrder(emotions);
    const colour = colours(this.emotions);
    const chip = (emotion) => el("button", { type: "button", "data-emotion": emotion, on: { click: () => this.toggle(emotion) } }, dot(colour.get(emotion)), emotion);
    fill(this.chips, this.emotions.map(chip));
    if (this.state) this.update(this.state);
  }

  toggle(emotion) {
    go({ emotion: emotion === this.state.emotion ? "" : emotion });
  }

  press() {
    for (const button of this.chips.children) {
      button.setAttribute("aria-pressed", String(button.dataset.emotion === this.state?.emotion));
      button.hidden = Boolean(this.state?.all) && button.dataset.emotion === NONE;
    }
  }

  send() {
    const given = Object.fromEntries(new FormData(this.node));
    const clean = { hashtag: (tag) => tag.replace(/^#/, ""), user: (name) => name.replace(/^@/, ""), all: (on) => on && "true" };
    const typed = (name) => (clean[name] ?? String)((given[name] ?? "").trim());
    // Fields hold less than an address may say: no seconds, no other clock.
    const value = (name) => (this.written.has(name) && this.written.get(name) === given[name] ? this.state[name] : typed(name));
    go(Object.fromEntries(this.names.filter((name) => name !== "emotion").map((name) => [name, value(name)])));
  }

  /** Say once, in the form, that one of its filters cannot be used; whether it is that which an error tells. */
  refuse(error) {
    const names = this.names.filter((name) => error.status === 422 && error.fields.includes(name));
    if (!names.length || this.isRefused) return names.length > 0;
    this.isRefused = true;
    const off = () => go(Object.fromEntries(names.map((name) => [name, ""])));
    fill(this.refused, el("div", { class: "card wrong", role: "alert" }, el("p", {}, error.message), el("button", { type: "button", class: "button plain", on: { click: off } }, "Take this filter away")));
    for (const name of names) this.node.elements.namedItem(name)?.setAttribute("aria-invalid", "true");
    return true;
  }

  forgive() {
    this.isRefused = false;
    fill(this.refused);
    for (const input of this.node.elements) input.removeAttribute("aria-invalid");
  }

  /** Show what the address says. */
  update(state) {
    const before = this.state ?? {};
    if (this.names.some((name) => state[name] !== before[name])) this.forgive();
    this.state = spelled(state, this.emotions);
    for (const input of this.node.elements) {
      if (input.name === "all") input.checked = state.all === "true";
      else if (input.name && state[input.name] !== before[input.name]) this.write(input, state[input.name]);
    }
    if (this.names.some((name) => !["query", "emotion"].includes(name) && state[name])) this.more.open = true;
    this.press();
    fill(this.pills, this.told(this.state).map(([names, text]) => pill(names, text)));
  }

  write(input, value) {
    const wanted = shownIn(input, value);
    if (input.value !== wanted) input.value = wanted;
    this.written.set(input.name, input.value);
  }

  told(state) {
    const on = pick(state, this.names);
    const time = on.since || on.until ? [["since", "until"], stretch(on.since, on.until)] : null;
    const named = { query: (v) => `“${v}”`, emotion: (v) => v, hashtag: (v) => `#${v}`, user: (v) => `@${v}`, lang: (v) => `in ${v}`, all: () => "felt or not" };
    return [time, ...Object.entries(named).filter(([name]) => on[name]).map(([name, say]) => [[name], say(on[name])])].filter(Boolean);
  }
}

/** The filter of a state as the API takes it. */
export const asked = (state) => pick(state, FILTER);

/** A state with its emotion as the store spells it; the API takes upper and lower case alike. */
export function spelled(state, emotions = []) {
  const alike = emotions.filter((emotion) => emotion.toLowerCase() === state.emotion?.toLowerCase());
  return !alike.length || alike.includes(state.emotion) ? state : { ...state, emotion: alike[0] };
}

/** What to say where no tweet passes the filters. */
export function nothing(state) {
  if (!Object.keys(pick(state, FILTER)).length) return "There are no such tweets in the store.";
  const clear = () => go(Object.fromEntries(FILTER.map((name) => [name, ""])));
  return ["No tweet passes these filters. ", el("button", { type: "button", class: "button plain", on: { click: clear } }, "Take all filters away")];
}

function pill(names, text) {
  const off = () => go(Object.fromEntries(names.map((name) => [name, ""])));
  return el("li", {}, el("button", { type: "button", "aria-label": `Take away the filter ${text}`, on: { click: off } }, el("bdi", {}, text), el("span", { "aria-hidden": "true" }, "×")));
}

/** A field for words to search, with its button. */
function find() {
  const field = el("input", { type: "search", name: "query", id: "query", placeholder: "words, #hashtag, @name", autocomplete: "off", maxlength: "500" });
  return el("div", { class: "find" }, el("label", { for: "query", class: "hidden" }, "Search tweets"), field, el("button", { type: "submit", class: "button" }, "Search"));
}

function time(name) {
  const label = name === "since" ? "From (UTC)" : "Before (UTC)";
  return el("div", { class: "field" }, el("label", { for: name }, label), el("input", { type: "datetime-local", name, id: name }));
}

function shownIn(input, value = "") {
  const at = input.type === "datetime-local" && date(value);
  return at ? written(at) : value;
}

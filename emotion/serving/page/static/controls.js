/** Buttons and tables that several views use. */

import { go, read } from "./address.js";
import { el } from "./dom.js";
import { dot } from "./tweets.js";
import { number } from "./words.js";

/**
 * Buttons of which one is chosen, kept in the address under `name`; the first is chosen where `of` a state is none.
 * A state may leave out those that it does not offer.
 */
export function choice(name, label, views, of = (state) => state[name], isOffered = () => true) {
  const shown = views.map((view) => (Array.isArray(view) ? view : [view, view]));
  const buttons = shown.map(([value, text], place) =>
    el("button", { type: "button", on: { click: () => go({ [name]: place || of({ ...read(), [name]: undefined }) ? value : "" }, { replace: true }) } }, text),
  );
  const update = (state) => {
    const offered = shown.map(([value]) => value).filter((value) => isOffered(value, state));
    const chosen = offered.find((value) => value === of(state)) ?? offered[0];
    buttons.forEach((button, place) => {
      button.hidden = !offered.includes(shown[place][0]);
      button.setAttribute("aria-pressed", String(shown[place][0] === chosen));
    });
  };
  update({});
  return { node: el("div", { class: "choice", role: "group", "aria-label": label }, buttons), update };
}

/** Several controls above one panel. */
export function together(...controls) {
  return {
    node: el("div", { class: "controls" }, controls.map((control) => control.node)),
    update: (state) => controls.forEach((control) => control.update(state)),
  };
}

/** Rows under their names, folded away; the first cell of a row is its name. */
export function folded(summary, names, rows) {
  const row = ([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, first), rest.map((cell) => el("td", { class: "n" }, cell)));
  const table = el(
    "table",
    {},
    el("thead", {}, el("tr", {}, names.map((name, place) => el("th", { scope: "col", class: place ? "n" : null }, name)))),
    el("tbody", {}, rows.map(row)),
  );
  const scroll = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": summary }, table);
  return el("details", {}, el("summary", {}, summary), scroll);
}

/** Names with their share of 1 as bars, `on` those that count. */
export function bars(shares, colour, on = () => true) {
  return el(
    "ul",
    { class: "bars-list" },
    shares.map(([label, share]) =>
      el(
        "li",
        { class: on(label) ? "on" : "off" },
        el("span", { class: "label" }, dot(colour.get(label)), label),
        el("span", { class: "rail", "aria-hidden": "true" }, el("span", { class: "fill", vars: { c: colour.get(label), w: `${(100 * share).toFixed(1)}%` } })),
        el("span", { class: "value" }, `${(100 * share).toFixed(0)}\u00a0%`),
      ),
    ),
  );
}

/** Names with numbers, large. */
export function numbers(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined);
  return el(
    "dl",
    { class: "numbers" },
    shown.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, typeof value === "number" ? number(value) : value))),
  );
}

/** Names with values, small. */
export function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

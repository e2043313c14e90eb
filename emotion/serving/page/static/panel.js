/** A part of a view that asks for itself: loading, empty, wrong and filled are states that it shows. */

import { el, fill } from "./dom.js";

/**
 * `load(state, signal)` asks; `draw(found, state)` gives the nodes to show, or null where there is nothing;
 * `keys` are the names of the address that it depends on; `empty` says what to do where there is nothing.
 * Its owner may set `isRefused`, which says of an error that it is told elsewhere.
 */
export class Panel {
  constructor({ id, title, about = "", controls = null, tall = 160, keys, load, draw, empty }) {
    Object.assign(this, { keys, load, draw, empty, tall });
    this.place = el("div", { class: "panel-body" });
    this.controls = controls;
    this.node = el(
      "section",
      { "aria-labelledby": id },
      title && el("h2", { id }, title),
      about && el("p", { class: "about" }, about),
      controls?.node,
      this.place,
    );
    fill(this.place, skeleton(tall));
  }

  /** Show what a state asks for; asks only where what it depends on has changed. */
  async update(state, again = false) {
    this.controls?.update?.(state);
    const wanted = JSON.stringify(this.keys.map((key) => state[key] ?? ""));
    if (wanted === this.wanted && !again) return;
    this.wanted = wanted;
    this.stop();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.place.setAttribute("aria-busy", "true");
    try {
      const nodes = this.draw(await this.load(state, signal), state);
      if (!signal.aborted) fill(this.place, nodes ?? this.nothing(state));
    } catch (error) {
      if (!signal.aborted && !this.isRefused?.(error)) fill(this.place, failure(error, () => this.update(state, true)));
    } finally {
      if (!signal.aborted) this.place.removeAttribute("aria-busy");
    }
  }

  /** Give up what is being asked. */
  stop() {
    this.asking?.abort();
  }

  nothing(state) {
    return el("p", { class: "card soft" }, typeof this.empty === "function" ? this.empty(state) : this.empty);
  }
}

/** What stands where something is being loaded. */
export function skeleton(tall) {
  return el("div", { class: "skeleton", vars: { tall: `${tall}px` }, role: "status" }, el("span", { class: "hidden" }, "Loading"));
}

/** What went wrong, with a way to try again. Faults of the page itself go to the console too. */
export function failure(error, again) {
  if (error.status === undefined) console.error(error);
  const said = error.status === undefined ? "The page cannot show this; its console says why." : error.message;
  return el(
    "div",
    { class: "card wrong", role: "alert" },
    el("p", {}, said),
    again && el("button", { type: "button", class: "button plain", on: { click: again } }, "Try again"),
  );
}

/** A view's head: its title, which takes the focus when the view is shown, and a sentence. */
export function head(title, lede) {
  return el("header", { class: "head" }, el("h1", { tabindex: "-1" }, title), lede && el("p", { class: "lede" }, lede));
}

/** Whether there is simply no store to ask. */
export const isStoreless = (error) => error.status === 404 && error.type?.endsWith(":no-store");

/** Whether there will be one as soon as something is stored. */
export const isStoreAwaited = (error) => error.type?.endsWith(":no-store-yet");

/** A card that stands where there is nothing to show: a title, and what to do. */
export function blank(title, ...said) {
  return el("div", { class: "card blank" }, el("h2", {}, title), ...said.map((one) => el("p", {}, one)));
}

/** What stands where nothing has been stored yet. */
export function awaited() {
  return blank(
    "Nothing has arrived yet",
    "This page looks again every few seconds. Start a crawler, or send tweets with store=true.",
  );
}

/** What to do where there is none. */
export function storeless() {
  return blank(
    "There is no store yet",
    "Label an archive of tweets, or let the crawler write to a store, and start the API with it:",
    el("code", {}, "emotion serve --store STORE"),
    el("a", { href: "./" }, "Meanwhile, try a text."),
  );
}

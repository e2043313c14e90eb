/** The dashboard: all that a store says of the tweets that the filters let through. */

import { FILTER } from "../address.js";
import { question } from "../api.js";
import { el, fill } from "../dom.js";
import { Filters, asked, spelled } from "../filters.js";
import { awaited, failure, head, isStoreAwaited, isStoreless, skeleton, storeless } from "../panel.js";
import { about } from "../store/about.js";
import { overview } from "../store/overview.js";
import { said } from "../store/said.js";
import { timeline } from "../store/timeline.js";
import { found } from "../store/found.js";
import { rhythm } from "../store/rhythm.js";

const EVERY = 3000; // ms between looks at a store that is not there yet

const HOW = matchMedia("(pointer: coarse)").matches
  ? "Choose a day that stands out, or a period under “More filters”, for all that is shown."
  : "Drag over the chart of time to choose a period for all that is shown.";

export const title = "Store";

/** The view, as main.js knows it. */
export function open(place) {
  return new Store(place);
}

class Store {
  constructor(place) {
    this.place = place;
    this.filters = new Filters(FILTER);
    this.body = el("div", {}, skeleton(320));
    fill(place, head("What was felt", HOW), this.filters.node, this.body);
    this.asking = new AbortController();
    this.ready = this.begin();
  }

  /** Learn what the store holds, then make the panels. */
  async begin() {
    const { signal } = this.asking;
    try {
      const described = await question("store", {}, signal);
      if (signal.aborted) return;
      const context = { described, summary: remembered() };
      this.filters.know(described.emotions);
      this.panels = [overview, timeline, rhythm, about, said, found].map((make) => make(context));
      for (const panel of this.panels) panel.isRefused = (error) => this.isRefused(error);
      fill(this.body, this.panels.map((panel) => panel.node));
    } catch (error) {
      if (signal.aborted) return;
      if (isStoreAwaited(error)) this.wait();
      else if (isStoreless(error)) fill(this.place, head("What was felt"), storeless());
      else fill(this.body, failure(error, () => this.retry()));
    }
  }

  /** Whether a filter cannot be used: then the form says so, and there is nothing else to show. */
  isRefused(error) {
    this.body.hidden = this.filters.refuse(error);
    return this.body.hidden;
  }

  retry() {
    this.ready = this.begin();
    this.update(this.state);
  }

  /** Nothing is stored yet: look again until something is. */
  wait() {
    fill(this.body, awaited());
    this.timer = setTimeout(() => this.retry(), EVERY);
  }

  async update(state) {
    this.state = state;
    this.filters.update(state);
    this.body.hidden = Boolean(this.filters.isRefused);
    await this.ready;
    if (state === this.state) this.panels?.forEach((panel) => panel.update(spelled(state, this.filters.emotions)));
  }

  close() {
    clearTimeout(this.timer);
    this.asking.abort();
    this.panels?.forEach((panel) => panel.stop());
  }
}

/** The summary of a state, asked once for all panels that need it. */
function remembered() {
  let last = {};
  return (state, signal) => {
    const filter = asked(state);
    const wanted = JSON.stringify(filter);
    if (last.wanted !== wanted || last.signal.aborted) last = { wanted, signal, answer: question("summary", filter, signal) };
    const asking = last;
    asking.answer.catch(() => { if (last === asking) last = {}; });
    return asking.answer;
  };
}

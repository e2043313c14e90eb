/** What the crawler brings, newest first. The store is asked again and again while somebody looks. */

import { pick } from "../address.js";
import { question } from "../api.js";
import { el, fill } from "../dom.js";
import { Filters } from "../filters.js";
import { NONE, colours, inOrder } from "../palette.js";
import { awaited, blank, failure, head, isStoreAwaited, isStoreless, skeleton, storeless } from "../panel.js";
import { mix, tweet } from "../tweets.js";
import { number } from "../words.js";

const NAMES = ["query", "emotion", "hashtag", "user", "lang", "all"];
const SHOWN = 50;
const EVERY = 3000; // ms between questions
const LONGEST = 30_000; // ms, where the API does not answer

export const title = "Live";

/** The view, as main.js knows it. */
export function open(place) {
  return new Live(place);
}

class Live {
  constructor(place) {
    this.place = place;
    this.known = null; // ids shown, or null before the first answer
    this.later = []; // what came while somebody read further down
    this.filters = new Filters(NAMES);
    this.status = el("p", { class: "live-state", role: "status" });
    this.button = el("button", { type: "button", class: "button plain", on: { click: () => this.turn() } }, "Pause");
    this.fresh = el("button", { type: "button", class: "fresh", hidden: true, on: { click: () => this.reveal() } });
    this.mix = el("div", { class: "live-mix" });
    this.list = el("ol", { class: "stream", "aria-label": "Tweets, newest first" });
    this.rest = el("div", {}, skeleton(420));
    const bar = el("div", { class: "live-bar" }, this.status, this.button);
    fill(place, head("Live", "What arrives in the store, newest first."), this.filters.node, bar, this.mix, this.fresh, this.list, this.rest);
    this.seen = () => (document.hidden ? this.stop() : this.again(0));
    document.addEventListener("visibilitychange", this.seen);
  }

  update(state) {
    this.filters.update(state);
    const wanted = JSON.stringify(pick(state, NAMES));
    if (wanted === this.wanted) return;
    Object.assign(this, { wanted, state, known: null, later: [], failed: 0 });
    this.list.setAttribute("aria-busy", "true");
    this.again(0);
  }

  again(pause, isAsked = false) {
    this.stop();
    const isDue = isAsked || !this.paused || this.known === null; // new filters are answered once, paused or not
    if (isDue && !document.hidden) this.timer = setTimeout(() => this.ask(), pause);
  }

  async ask() {
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      this.emotions ??= (await question("store", {}, signal)).emotions;
      if (!this.filters.emotions) this.filters.know(this.emotions);
      const found = await question("search", { ...pick(this.state, NAMES), limit: SHOWN }, signal);
      if (signal.aborted) return;
      this.failed = 0;
      this.show(found);
      this.again(EVERY);
    } catch (error) {
      if (!signal.aborted) this.wrong(error);
    }
  }

  show({ total, hits, unfinished }) {
    this.list.removeAttribute("aria-busy");
    this.found = { total, hits, unfinished };
    if (this.known === null || !this.isRead()) this.put(hits);
    else this.later = hits.filter((hit) => !this.known.has(hit.tweet_id));
    fill(this.rest, this.list.children.length ? null : this.empty()); // what failed before is over, whoever reads further down
    this.fresh.hidden = !this.later.length;
    this.fresh.textContent = this.later.length === 1 ? "1 new tweet" : `${this.later.length} new tweets`;
    this.say();
  }

  /** Whether somebody reads further down, or stands in the list: then nothing may move. */
  isRead() {
    return this.list.getBoundingClientRect().top < 0 || this.list.contains(document.activeElement);
  }

  put(hits) {
    const colour = colours(this.emotions);
    const old = new Map([...this.list.children].map((item) => [item.dataset.id, item]));
    const items = hits.map((hit) => {
      const known = this.known?.has(hit.tweet_id);
      return (known && old.get(hit.tweet_id)) || el("li", { "data-id": hit.tweet_id, class: this.known ? "new" : null }, tweet(hit, colour.get(hit.emotion)));
    });
    if (this.known === null || hits.some((hit) => !this.known.has(hit.tweet_id)) || hits.length !== this.known.size) fill(this.list, items);
    this.known = new Set(hits.map((hit) => hit.tweet_id));
    this.later = [];
    fill(this.mix, hits.length ? mix(counted(hits), this.counting(), colour, `Emotions of the newest ${hits.length}:`) : null);
  }

  counting() {
    return inOrder(this.emotions).filter((emotion) => emotion !== NONE || !this.state.all);
  }

  reveal() {
    this.put(this.found.hits);
    this.fresh.hidden = true;
    this.list.scrollIntoView({ block: "start" });
    this.say();
  }

  say() {
    const { total, hits } = this.found;
    const shown = total > hits.length ? `, the newest ${hits.length} are shown` : "";
    const text = this.paused ? "Paused." : `${number(total)} ${total === 1 ? "tweet" : "tweets"}${shown}.`;
    this.status.className = this.paused ? "live-state" : "live-state on";
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  empty() {
    if (!Object.keys(pick(this.state, NAMES)).length) return awaited();
    return blank("No tweet passes these filters", "New ones that do appear here by themselves.");
  }

  wrong(error) {
    this.list.removeAttribute("aria-busy");
    this.status.className = "live-state";
    if (isStoreAwaited(error)) {
      this.failed = 0;
      this.status.textContent = "Waiting for the first tweet.";
      fill(this.rest, awaited());
      this.again(EVERY);
      return;
    }
    if (this.filters.refuse(error)) {
      this.found = null;
      this.fresh.hidden = true;
      this.status.textContent = "";
      for (const place of [this.mix, this.list, this.rest]) fill(place);
      return;
    }
    this.failed = (this.failed ?? 0) + 1;
    if (isStoreless(error)) {
      fill(this.place, head("Live"), storeless());
      return;
    }
    this.status.textContent = "Not connected.";
    fill(this.rest, failure(error, () => this.again(0, true)));
    if (error.status !== 401 && error.status !== 422) this.again(Math.min(EVERY * 2 ** this.failed, LONGEST));
  }

  turn() {
    this.paused = !this.paused;
    this.button.textContent = this.paused ? "Go on" : "Pause";
    if (this.found) this.say();
    this.again(0);
  }

  stop() {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  close() {
    this.stop();
    document.removeEventListener("visibilitychange", this.seen);
  }
}

function counted(hits) {
  const counts = {};
  for (const { emotion } of hits) counts[emotion] = (counts[emotion] ?? 0) + 1;
  return counts;
}

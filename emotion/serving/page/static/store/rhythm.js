/** Feelings by weekday and hour: a table whose cells are coloured, so that it can be read in both ways. */

import { FILTER } from "../address.js";
import { question } from "../api.js";
import { choice } from "../controls.js";
import { el, hidden } from "../dom.js";
import { asked, nothing } from "../filters.js";
import { NONE, colours, inOrder } from "../palette.js";
import { Panel } from "../panel.js";
import { WEEKDAYS, number, percent } from "../words.js";

const ANY = "any feeling";
const EACH = 3; // hours from one that is written to the next
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** The panel, with a view of any feeling and of each emotion. */
export function rhythm({ described }) {
  const felt = inOrder(described.emotions).filter((emotion) => emotion !== NONE);
  const views = described.emotions.includes(NONE) ? [ANY, ...felt] : felt;
  const wanted = (state) => state.week ?? state.emotion;
  const isOffered = (view, state) => view !== ANY || !state.all; // with `all`, every tweet would hold it
  return new Panel({
    id: "through-the-week",
    title: "Through the week",
    controls: choice("week", "The feeling that the colours show", views, wanted, isOffered),
    tall: 300,
    keys: [...FILTER, "week"],
    load: (state, signal) => question("rhythm", asked({ ...state, emotion: "" }), signal), // shares are of all tweets
    draw: (found, state) => {
      const offered = views.filter((view) => isOffered(view, state));
      return draw(found, felt, offered.find((view) => view === wanted(state)) ?? offered[0], state);
    },
    empty: nothing,
  });
}

function draw(found, felt, view, { emotion }) {
  if (!found.tweets) return null;
  const members = view === ANY ? felt : [view];
  const cells = new Map(found.hours.map((cell) => [24 * cell.weekday + cell.hour, counted(cell, members)]));
  const most = Math.max(...[...cells.values()].map(({ share }) => share)) || 1;
  const colour = view === ANY ? "var(--accent)" : colours(felt).get(view);
  const rows = WEEKDAYS.map((weekday, row) => el("tr", {}, el("th", { scope: "row" }, weekday), HOURS.map((hour) => drawn(cells.get(24 * row + hour), most, `${weekday} ${hour}:00`))));
  return el(
    "figure",
    { class: "card", vars: { c: colour } },
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Weekdays and hours" }, el("table", { class: "heat" }, el("caption", { class: "hidden" }, `Share of tweets that hold ${view}, by weekday and hour`), heads(), el("tbody", {}, rows))),
    el("p", { class: "scale", "aria-hidden": "true" }, "0\u00a0%", el("span", {}), percent(most, 1)),
    el("figcaption", {}, `The share of each hour's tweets${emotion ? ", whatever their emotion," : ""} that hold the feeling chosen; ${clock(found)}.`),
  );
}

function counted({ emotions }, members) {
  const tweets = Object.values(emotions).reduce((sum, count) => sum + count, 0);
  const held = members.reduce((sum, name) => sum + (emotions[name] ?? 0), 0);
  return { tweets, held, share: tweets ? held / tweets : 0 };
}

function drawn(cell, most, when) {
  if (!cell?.tweets) return el("td", { class: "without", title: `${when}: no tweets` }, hidden("–"));
  const { tweets, held, share } = cell;
  const title = `${when}: ${percent(held, tweets)} of ${number(tweets)} tweets`;
  return el("td", { title, vars: { w: Math.round((100 * share) / most) } }, hidden(percent(held, tweets)));
}

function heads() {
  const head = (hour) => el("th", { scope: "col" }, hour % EACH ? hidden(`${hour}:00`) : `${hour}:00`);
  return el("thead", {}, el("tr", {}, el("td", {}), HOURS.map(head)));
}

function clock({ local, tweets }) {
  if (local === tweets) return "on the clocks of their authors";
  return local ? `${percent(local, tweets)} on their author's own clock, the others in UTC` : "in UTC";
}

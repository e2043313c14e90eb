/** Numbers and times as people read them. Times are UTC. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MOMENT = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](.+?))?(Z|[+-]\d\d:?\d\d)?$/; // as the API reads one

/** 12345 as 12,345. */
export const number = (value) => value.toLocaleString("en-US");

/** A whole per cent, told apart from nothing and from everything. */
export function percent(part, whole) {
  const share = whole ? (100 * part) / whole : 0;
  if (share > 0 && share < 1) return "<\u00a01\u00a0%";
  return share > 99 && share < 100 ? ">\u00a099\u00a0%" : `${Math.round(share)}\u00a0%`;
}

/** A moment, or an empty text where the tweet has none. */
export function moment(value) {
  const at = date(value);
  return at ? `${day(at)}, ${clock(at)}` : "";
}

/** The day of a moment. */
export function day(at) {
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** A period's name for people. */
export function period(at, by) {
  if (by === "month") return `${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  return `${WEEKDAYS[(at.getUTCDay() + 6) % 7]} ${day(at)}${by === "hour" ? ` ${clock(at)}` : ""}`;
}

/** From one moment to before another; either may be missing. */
export function stretch(since, until) {
  const [from, to] = [date(since), date(until)];
  if ((since && !from) || (until && !to)) return [since, until].filter(Boolean).join(" to "); // no dates: as they are written
  const whole = [from, to].every((at) => !at || at.getTime() % DAY === 0);
  const said = (at) => (whole ? day(at) : `${day(at)}, ${clock(at)}`);
  if (from && to && whole && to - from === DAY) return day(from);
  if (from && to) return `${said(from)} to ${whole ? day(new Date(to - DAY)) : said(to)}`;
  return from ? `since ${said(from)}` : `before ${said(to)}`;
}

/** The moment that a text names (UTC unless it says otherwise), or null. */
export function date(value) {
  const [, year, month, day, time = "00:00", zone = "Z"] = value?.match(MOMENT) ?? [];
  const at = new Date(`${year}-${month}-${day}T${time}${zone}`);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** A moment as the address and the API write it. */
export const written = (at) => at.toISOString().slice(0, 16);

/** The period that cuts a time into about 20 to 400 pieces. */
export function byFor(first, last) {
  const days = first && last ? (last - first) / DAY : 0;
  return days < 5 ? "hour" : days < 400 ? "day" : days < 2600 ? "week" : "month";
}

/** A stretch of time widened to whole pieces: hours of a chart by hours, else days. */
export function widened(from, to, by) {
  const piece = by === "hour" ? HOUR : DAY;
  const since = Math.floor(from / piece) * piece;
  return [new Date(since), new Date(Math.max(Math.ceil(to / piece) * piece, since + piece))];
}

function clock(at) {
  return at.toISOString().slice(11, 16);
}

/** One colour an emotion, the same as in reports. */

const { known, others, none } = await (await fetch(new URL("palette.json", import.meta.url))).json();
const order = Object.keys(known);
export const NONE = none;

/** A colour for each label; labels of one's own take what is left of the colours in turn. */
export function colours(labels) {
  const taken = new Set(labels.filter((label) => Object.hasOwn(known, label)).map((label) => known[label]));
  const left = others.filter((colour) => !taken.has(colour));
  const free = left.length ? left : others;
  const own = labels.filter((label) => !Object.hasOwn(known, label));
  return new Map(labels.map((label) => [label, Object.hasOwn(known, label) ? known[label] : free[own.indexOf(label) % free.length]]));
}

/** Labels from bright to dark, labels of one's own after those, none last. */
export function inOrder(labels) {
  const place = (label) => (label === NONE ? Infinity : order.includes(label) ? order.indexOf(label) : order.length);
  return [...labels].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}

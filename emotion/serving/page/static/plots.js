/** Charts by plotly, whose script is loaded when the first one is drawn. Colours come from the style sheet. */

import { el } from "./dom.js";

const VARIABLE = /^var\((--[a-z]+)\)$/;
const drawn = new Map();
let script;

export const FONT = { family: "var(--sans)", size: 13, color: "var(--muted)" };
export const AXIS = { gridcolor: "var(--line)", linecolor: "var(--line)", zeroline: false, fixedrange: true, ticks: "", automargin: true };
const HOVER = { bgcolor: "var(--card)", bordercolor: "var(--line)", font: { ...FONT, color: "var(--ink)" } };

/** A layout on the page's own ground; the page shows legends itself. */
export function layout(more) {
  const clear = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" };
  return { font: FONT, hoverlabel: HOVER, ...clear, margin: { l: 8, r: 8, t: 8, b: 8 }, showlegend: false, ...more };
}

/** A text that a chart shows as it is: plotly reads some markup. */
export const markless = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** Draw a figure where `place` is; it is drawn anew when the colours of the page change. */
export async function plot(place, figure) {
  place.setAttribute("aria-busy", "true");
  try {
    await (script ??= loaded());
    if (!place.isConnected) return;
    [...drawn.keys()].filter((old) => !old.isConnected).forEach(forget);
    drawn.set(place, figure);
    const { data, layout: shown } = themed(figure);
    await globalThis.Plotly.react(place, data, shown, { displayModeBar: false, responsive: true, doubleClick: false });
  } finally {
    place.removeAttribute("aria-busy");
  }
}

function forget(place) {
  drawn.delete(place);
  globalThis.Plotly.purge(place);
}

function loaded() {
  return new Promise((resolve, reject) => {
    const failed = () => { script = undefined; reject(new Error("plotly's script could not be loaded")); };
    document.head.append(el("script", { src: new URL("plotly.min.js", import.meta.url).href, on: { load: resolve, error: failed } }));
  });
}

function themed(figure) {
  const style = getComputedStyle(document.documentElement);
  const resolve = (key, value) => {
    const name = typeof value === "string" && value.match(VARIABLE);
    return name ? style.getPropertyValue(name[1]).trim() : value;
  };
  return JSON.parse(JSON.stringify(figure), resolve);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const [place, figure] of drawn) plot(place, figure);
});

/** The little Markdown that model cards are written in, as elements: headings, lists, tables, code, links. */

import { el } from "./dom.js";

const BLOCKS = [
  [/^(#{1,6}) +(.*)$/, heading],
  [/^```/, code],
  [/^ {0,3}[-*] +/, list],
  [/^\|/, table],
];
const INLINE = /(`[^`]+`)|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g;

/** The blocks of a text. Markup of other kinds is shown as it is written. */
export function markdown(text) {
  const lines = text.split(/\r?\n/);
  const found = [];
  while (lines.length) {
    if (!lines[0].trim()) {
      lines.shift();
      continue;
    }
    const [pattern, make] = BLOCKS.find(([start]) => start.test(lines[0])) ?? [/(?:)/, paragraph];
    found.push(make(lines, lines[0].match(pattern)));
  }
  return found;
}

function heading(lines, [, marks, text]) {
  lines.shift();
  return el(`h${Math.min(marks.length + 2, 6)}`, {}, inline(text));
}

function code(lines) {
  lines.shift();
  const body = taken(lines, (line) => !line.startsWith("```"));
  lines.shift();
  return el("pre", {}, body.join("\n"));
}

function list(lines) {
  const items = taken(lines, (line) => /^ {0,3}[-*] +/.test(line) || /^ +\S/.test(line));
  const joined = [];
  for (const line of items) {
    if (/^ {0,3}[-*] +/.test(line)) joined.push(line.replace(/^ {0,3}[-*] +/, ""));
    else joined[joined.length - 1] += ` ${line.trim()}`;
  }
  return el("ul", {}, joined.map((item) => el("li", {}, inline(item))));
}

function table(lines) {
  const rows = taken(lines, (line) => line.startsWith("|")).map(cells);
  const [names, ...body] = rows.filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell)));
  const isNumber = names.map((_, place) => body.every((row) => /^[\d.,%]*$/.test(row[place] ?? "")));
  const kind = (place) => (isNumber[place] ? "n" : null);
  const row = ([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, inline(first)), rest.map((cell, place) => el("td", { class: kind(place + 1) }, inline(cell))));
  const heads = names.map((name, place) => el("th", { scope: "col", class: place ? kind(place) : null }, inline(name)));
  const shown = el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, body.map(row)));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Table: ${names.join(", ")}` }, shown);
}

function cells(line) {
  return line.replace(/^\|/, "").replace(/\|\s*$/, "").split("|").map((cell) => cell.trim());
}

function paragraph(lines) {
  const first = lines.shift();
  const rest = taken(lines, (line) => line.trim() && !BLOCKS.some(([start]) => start.test(line)));
  return el("p", {}, inline([first, ...rest].join(" ")));
}

function taken(lines, belongs) {
  const found = [];
  while (lines.length && belongs(lines[0])) found.push(lines.shift());
  return found;
}

function inline(text) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    parts.push(text.slice(at, match.index));
    const [whole, span, bold, name, href] = match;
    if (span) parts.push(el("code", {}, span.slice(1, -1)));
    else if (bold) parts.push(el("strong", {}, bold));
    else parts.push(el("a", { href, rel: "noopener noreferrer" }, name));
    at = match.index + whole.length;
  }
  return [...parts, text.slice(at)];
}

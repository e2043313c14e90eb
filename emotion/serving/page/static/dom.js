/** Elements made so that text is only ever text: children become text nodes, and nothing is read as markup. */

const OWN = new Set(["on", "vars", "class"]);

/**
 * An element. `on` maps events to listeners, `vars` custom properties to values; an attribute of null, undefined or
 * false is left out. Children are nodes, texts, numbers, or lists of them.
 */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  if (attributes.class) node.className = attributes.class;
  for (const [key, value] of Object.entries(attributes)) {
    if (!OWN.has(key) && value !== null && value !== undefined && value !== false) set(node, key, value);
  }
  for (const [event, listener] of Object.entries(attributes.on ?? {})) node.addEventListener(event, listener);
  for (const [key, value] of Object.entries(attributes.vars ?? {})) node.style.setProperty(`--${key}`, String(value));
  node.append(...nodes(children));
  return node;
}

function set(node, key, value) {
  const name = key.toLowerCase();
  if (name.startsWith("on") || name === "style" || name === "srcdoc") throw new Error(`${key} would be run, not shown`);
  node.setAttribute(key, value === true ? "" : String(value));
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

/** Put these children in the place of all that a node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...nodes(children));
}

/** Words for those who do not see what others see. */
export const hidden = (text) => el("span", { class: "hidden" }, text);

(() => {
  "use strict";
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const shown = {};
  const variable = /^var\((--[a-z]+)\)$/;

  const themed = (figure) => {
    const style = getComputedStyle(document.documentElement);
    const resolve = (key, value) => {
      const name = typeof value === "string" && value.match(variable);
      return name ? style.getPropertyValue(name[1]).trim() : value;
    };
    return JSON.parse(JSON.stringify(figure), resolve);
  };

  // A chart that has no such view is hidden, with the card around it.
  const draw = (name) => {
    const place = document.getElementById(name);
    const view = charts[name][shown[name]];
    (place.closest("figure.panel") || place).hidden = !view;
    if (!view) return;
    const figure = themed(view);
    const options = { displayModeBar: false, responsive: true, doubleClick: false };
    Plotly.react(place, figure.data, figure.layout, options);
  };

  for (const name of Object.keys(charts)) {
    const buttons = document.querySelectorAll(`[data-charts~="${name}"] button`);
    shown[name] = buttons.length ? buttons[0].dataset.view : Object.keys(charts[name])[0];
    for (const button of buttons) {
      button.addEventListener("click", () => {
        shown[name] = button.dataset.view;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        draw(name);
      });
    }
    draw(name);
  }
  const redraw = () => Object.keys(charts).forEach(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
})();

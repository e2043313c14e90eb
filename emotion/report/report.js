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

  const draw = (name) => {
    const figure = themed(charts[name][shown[name]]);
    const options = { displayModeBar: false, responsive: true, doubleClick: false };
    Plotly.react(document.getElementById(name), figure.data, figure.layout, options);
  };

  for (const name of Object.keys(charts)) {
    shown[name] = Object.keys(charts[name])[0];
    const buttons = document.querySelectorAll(`[data-chart="${name}"] button`);
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

// Draws each figure.chart from the table inside it, in the colours of its legend. Pages work without this file.
"use strict";

{
  const DAY = 86400;
  const drawn = new Map();
  const number = new Intl.NumberFormat("en-US");

  // --- The data of the figure ----------------------------------------------------------------------------------

  function read(figure) {
    const rows = [...figure.querySelectorAll("tbody tr")];
    const names = [...figure.querySelectorAll("thead th")].slice(1).map((cell) => cell.textContent);
    return {
      names,
      words: rows.map((row) => row.querySelector("th").textContent),
      at: rows.map((row) => new Date(row.dataset.at) / 1000),
      counts: names.map((_, index) => rows.map((row) => Number(row.querySelectorAll("td")[index].dataset.count))),
    };
  }

  function look(figure) {
    const swatches = [...figure.querySelectorAll(".chart-legend .swatch")];
    const plot = getComputedStyle(figure.querySelector(".chart-plot"));
    return {
      colours: swatches.map((swatch) => getComputedStyle(swatch).backgroundColor),
      ink: plot.color,
      line: plot.borderBottomColor,
      font: `12px ${plot.fontFamily}`,
    };
  }

  // --- Axes -----------------------------------------------------------------------------------------------------

  const formatter = (zone, parts) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...parts });
  function timesOf(zone) {
    const date = formatter(zone, { day: "numeric", month: "short" });
    const minute = formatter(zone, { hour: "2-digit", minute: "2-digit" });
    const second = formatter(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    return (splits, step) => splits.map((at) => (step >= DAY ? date : step >= 60 ? minute : second).format(at * 1000));
  }

  // Labels are below the bars, as many as fit.
  function labelled(at, words, width) {
    const every = Math.max(1, Math.ceil((at.length * 64) / width));
    return { splits: () => at, values: () => words.map((word, index) => ((at.length - 1 - index) % every ? null : word)) };
  }

  const upTo = (counts) => Math.max(1, ...counts.flat());
  const downTo = (counts) => Math.min(0, ...counts.flat());
  function axes(figure, data, { ink, line, font }, bars) {
    const write = timesOf(figure.dataset.zone);
    const common = { stroke: ink, font, ticks: { show: false }, gap: 6 };
    const moments = bars
      ? labelled(data.at, data.words, figure.clientWidth)
      : { values: (_u, splits, _axis, _space, step) => write(splits, step), space: 72 };
    const longest = number.format(upTo(data.counts)).length;
    return [
      { ...common, ...moments, grid: { show: false }, size: 28 },
      {
        ...common,
        grid: { stroke: line, width: 1 },
        values: (_u, splits) => splits.map((value) => number.format(value)),
        incrs: [1, 2, 5].flatMap((step) => [...Array(9).keys()].map((power) => step * 10 ** power)).sort((a, b) => a - b),
        size: 18 + 7.5 * longest,
        space: 36,
      },
    ];
  }

  // --- Drawing --------------------------------------------------------------------------------------------------

  // Bars are stacked, the first series at the bottom. The last series is drawn first, as high as the sum.
  const stacked = (counts) =>
    counts.map((_, index) => counts[0].map((_, at) => counts.slice(0, index + 1).reduce((sum, one) => sum + one[at], 0)));

  function series(name, colour, bars) {
    return bars
      ? { label: name, fill: colour, width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.62, 44], radius: 0.06 }) }
      : { label: name, stroke: colour, width: 2, points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) };
  }

  function told(figure, data) {
    const readout = figure.querySelector(".chart-readout");
    return (chart) => {
      const at = chart.cursor.idx;
      const parts = at == null ? [] : data.names.map((name, index) => `${number.format(data.counts[index][at])} ${name.toLowerCase()}`);
      readout.textContent = at == null ? "" : `${data.words[at]}: ${parts.join(", ")}`;
    };
  }

  function range(at) {
    const step = at.length > 1 ? at[1] - at[0] : 7 * DAY;
    return () => [at[0] - step / 2, at.at(-1) + step / 2];
  }

  function draw(figure) {
    const place = figure.querySelector(".chart-plot");
    const bars = figure.dataset.chart === "bars";
    const data = read(figure);
    if (!data.at.length || !place.clientWidth) return;
    drawn.get(figure)?.destroy();
    const style = look(figure);
    const heights = bars ? stacked(data.counts) : data.counts;
    const order = bars ? [...heights.keys()].reverse() : [...heights.keys()];
    const options = {
      width: place.clientWidth,
      height: place.clientHeight,
      padding: [8, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { setScale: false }, points: { show: !bars } },
      scales: { x: bars ? { range: range(data.at) } : {}, y: { range: [downTo(heights) * 1.05, upTo(heights) * 1.05] } },
      axes: axes(figure, data, style, bars),
      series: [{}, ...order.map((index) => series(data.names[index], style.colours[index], bars))],
      hooks: { setCursor: [told(figure, data)] },
    };
    drawn.set(figure, new uPlot(options, [data.at, ...order.map((index) => heights[index])], place));
  }

  // --- When to draw -----------------------------------------------------------------------------------------------

  const widths = new WeakMap();
  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (widths.get(target) === contentRect.width) continue;
      widths.set(target, contentRect.width);
      draw(target.closest("[data-chart]"));
    }
  });
  function watch() {
    for (const [figure, chart] of drawn) {
      if (figure.isConnected) continue;
      chart.destroy();
      drawn.delete(figure);
    }
    for (const figure of document.querySelectorAll("[data-chart]")) sizes.observe(figure.querySelector(".chart-plot"));
  }
  const again = () => [...drawn.keys()].forEach(draw);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  document.addEventListener("htmx:afterSettle", watch);
  document.fonts.ready.then(again);
  watch();
}

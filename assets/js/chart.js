// Charts: reads the JSON beside the figure, draws with ECharts in the page's own colours and letter size; the table stays behind it.
const style = (name, of = document.body) => getComputedStyle(of).getPropertyValue(name).trim();
const TONES = { late: "--late-mark", soon: "--soon-mark", done: "--done-mark", quiet: "--line-control" };

function options(spec, figure) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const letter = (document.body.classList.contains("board") ? 1.05 : 0.8125) * rem;
  const ink = style("--text-soft", figure), line = style("--line", figure), dark = style("--text", figure);
  const colours = [1, 2, 3, 4, 5, 6].map((n) => style(`--series-${n}`, figure));
  const text = { fontFamily: style("--face", figure), fontSize: letter, color: ink };
  const unit = spec.unit ? ` ${spec.unit}` : "";
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const base = {
    animation: !still, animationDuration: 350, textStyle: text, color: colours,
    aria: { enabled: false },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: style("--surface", figure), borderColor: line, textStyle: { ...text, color: dark }, axisPointer: { type: "line", lineStyle: { color: style("--line-strong", figure) } }, valueFormatter: (v) => (v == null ? "—" : `${v}${unit}`) },
    grid: { left: 4, right: spec.kind === "line" ? 5.2 * letter : 1.2 * letter, top: 1.6 * letter, bottom: 2, containLabel: true },
  };
  const tone = (s, i) => (s.tone && TONES[s.tone] ? style(TONES[s.tone], figure) : colours[i % colours.length]);
  const axisText = { ...text, hideOverlap: true };
  const names = { type: "category", data: spec.labels, axisLine: { lineStyle: { color: style("--line-strong", figure) } }, axisTick: { show: false }, axisLabel: axisText };
  const values = { type: "value", splitNumber: 4, axisLabel: axisText, splitLine: { lineStyle: { color: line } }, axisLine: { show: false }, name: spec.unit ?? "", nameTextStyle: { ...text, align: "left" }, nameGap: 0.8 * letter, min: spec.min, max: spec.max };
  if (spec.kind === "pie") {
    const s = spec.series[0];
    return { ...base, tooltip: { ...base.tooltip, trigger: "item" }, series: [{ type: "pie", radius: ["48%", "76%"], center: ["50%", "52%"], itemStyle: { borderColor: style("--surface", figure), borderWidth: 2 }, label: { ...text, color: dark, formatter: (p) => `${p.name}\n${p.value}${unit} · ${Math.round(p.percent)}%`, lineHeight: 1.4 * letter }, labelLine: { lineStyle: { color: style("--line-strong", figure) } }, data: spec.labels.map((name, i) => ({ name, value: s.values[i] })) }] };
  }
  if (spec.kind === "heat") {
    const cells = [];
    let top = 0;
    spec.series.forEach((s, y) => s.values.forEach((v, x) => { cells.push([x, y, v ?? "-"]); top = Math.max(top, v ?? 0); }));
    return { ...base, tooltip: { ...base.tooltip, trigger: "item", formatter: (p) => `${spec.series[p.value[1]].name} ${spec.labels[p.value[0]]}: ${p.value[2]}${unit}` }, grid: { ...base.grid, right: letter, top: 4, bottom: 3.2 * letter }, xAxis: { ...names, splitArea: { show: false } }, yAxis: { type: "category", data: spec.series.map((s) => s.name), axisLine: { show: false }, axisTick: { show: false }, axisLabel: text }, visualMap: { min: 0, max: top, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemWidth: letter, itemHeight: 8 * letter, text: [`${top}${unit}`, "0"], textStyle: text, inRange: { color: [style("--lead-faint", figure), style("--series-1", figure)] } }, series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: style("--surface", figure), borderWidth: 2, borderRadius: 3 } }] };
  }
  const flat = spec.kind === "bar" && spec.flat;
  const series = spec.series.map((s, i) => {
    const colour = tone(s, i);
    if (spec.kind === "line") return { type: "line", name: s.name, data: s.values, smooth: 0.15, symbol: "circle", symbolSize: 5, showSymbol: spec.labels.length <= 31, lineStyle: { width: 2.5, color: colour, type: s.dashed ? "dashed" : "solid" }, itemStyle: { color: colour }, endLabel: { show: spec.series.length > 1, formatter: "{a}", ...text, color: dark, distance: 6 }, labelLayout: { moveOverlap: "shiftY" } };
    return { type: "bar", name: s.name, data: s.values, stack: spec.kind === "stack" ? "all" : undefined, barMaxWidth: 2.2 * rem, itemStyle: { color: colour, borderRadius: spec.kind === "stack" ? 0 : flat ? [0, 3, 3, 0] : [3, 3, 0, 0] }, label: { show: spec.series.length === 1 && spec.labels.length <= 12, position: flat ? "right" : "top", ...text, color: dark } };
  });
  // what is not certain is drawn as a band behind its line
  spec.series.forEach((s, i) => {
    if (spec.kind !== "line" || !s.low || !s.high) return;
    const none = { type: "line", stack: `band${i}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
    series.unshift({ ...none, data: s.low, name: `${s.name} ±` }, { ...none, data: s.high.map((h, n) => h - s.low[n]), areaStyle: { color: tone(s, i), opacity: 0.14 }, name: `${s.name} ±` });
  });
  if (spec.mark) series[0].markLine = { symbol: "none", silent: true, data: [{ yAxis: spec.mark.value, name: spec.mark.name }], lineStyle: { color: style("--late-mark", figure), type: "dashed" }, label: { ...text, formatter: "{b}", position: "insideEndTop" } };
  const many = spec.kind !== "line" && spec.series.length > 1;
  return { ...base, grid: many ? { ...base.grid, top: 3.4 * letter } : base.grid, legend: many ? { top: 0, left: 0, itemWidth: letter, itemHeight: letter * 0.7, textStyle: { ...text, color: dark } } : undefined, xAxis: flat ? { ...values, name: "" } : names, yAxis: flat ? { ...names, inverse: true } : values, series };
}

async function draw(figure) {
  if (figure.dataset.drawn) return;
  figure.dataset.drawn = "1";
  const spec = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const box = figure.querySelector(".chart__canvas");
  const { init } = await import(new URL(figure.dataset.engine, location.href).href);
  box.hidden = false;
  const fold = figure.querySelector("details[data-fold]");
  if (fold) fold.open = false;
  const chart = init(box, null, { renderer: "canvas" });
  const paint = () => { chart.resize(); chart.setOption(options(spec, figure), true); };
  paint();
  new ResizeObserver(() => chart.resize()).observe(box);
  document.addEventListener("gongzhi:type", () => requestAnimationFrame(paint));
  addEventListener("beforeprint", () => { if (fold) fold.open = true; });
}

const seen = new IntersectionObserver((entries) => { for (const e of entries) if (e.isIntersecting) { seen.unobserve(e.target); draw(e.target); } }, { rootMargin: "200px" });
const start = (root) => { for (const figure of root.querySelectorAll("[data-chart]")) if (!figure.dataset.drawn) seen.observe(figure); };
start(document);
document.addEventListener("htmx:load", (event) => start(event.target));

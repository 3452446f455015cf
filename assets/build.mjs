// Builds everything under src/gongzhi/kit/static from the sources here: `npm ci && npm run build`.
// `npm run check` builds into memory and fails when a committed file differs. Maintainers only: users need no Node.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../src/gongzhi/kit/static");
const testVendor = join(here, "../tests/vendor");
const modules = join(here, "node_modules");
const checking = process.argv.includes("--check");
const target = ["chrome99", "safari15.4", "firefox100"];
const written = new Map();

const put = (path, content) => written.set(path, Buffer.from(content));
const version = async (name) => JSON.parse(await readFile(join(modules, name, "package.json"), "utf8")).version;

// Of Bootstrap's utilities only spacing, display, flex and text alignment, in one breakpoint.
const fewUtilities = {
  name: "bootstrap-few",
  setup(b) {
    b.onResolve({ filter: /^bootstrap-few\.css$/ }, (a) => ({ path: a.path, namespace: "few" }));
    b.onLoad({ filter: /.*/, namespace: "few" }, async () => {
      const css = await readFile(join(modules, "bootstrap/dist/css/bootstrap-utilities.css"), "utf8");
      const keep = /^\.(d-(none|block|flex|grid|inline|inline-block|inline-flex)|[mp][tbsexy]?-(\d|auto)|gap-\d|justify-content-\w+|align-items-\w+|flex-(fill|wrap|column|row|grow-[01]|shrink-[01])|text-(start|end|center|nowrap|break)|w-100|h-100|ms-auto|me-auto|visually-hidden|position-relative)\b/;
      const rules = css.match(/^\.[^{}]+\{[^}]*\}/gm) ?? [];
      return { contents: rules.filter((r) => keep.test(r) && !/^\.visually/.test(r)).join("\n"), loader: "css" };
    });
  },
};

async function css(entry, name) {
  const r = await build({ entryPoints: [entry], bundle: true, minify: true, write: false, target, external: ["*.svg"], plugins: [fewUtilities], nodePaths: [modules], legalComments: "none" });
  put(join(out, name), r.outputFiles[0].text);
}

async function js(entry, name, extra = {}) {
  const r = await build({ entryPoints: [entry], bundle: true, minify: true, write: false, format: "esm", target, legalComments: "none", nodePaths: [modules], ...extra });
  put(join(out, name), r.outputFiles[0].text);
}

async function sprite() {
  const { tabler, shapes } = JSON.parse(await readFile(join(here, "icons.json"), "utf8"));
  const symbols = [];
  for (const name of tabler) {
    const svg = await readFile(join(modules, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
    const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`);
  }
  for (const [name, inner] of Object.entries(shapes)) symbols.push(`<symbol id="shape-${name}" viewBox="0 0 16 16">${inner.replaceAll("'", '"')}</symbol>`);
  put(join(out, "gongzhi/icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
}

await css(join(here, "css/gongzhi.css"), "gongzhi/gongzhi.css");
for (const file of await readdir(join(here, "js"))) if (file.endsWith(".js")) await js(join(here, "js", file), `gongzhi/${file}`);
for (const file of await readdir(join(here, "svg"))) put(join(out, "gongzhi", file), await readFile(join(here, "svg", file)));
for (const file of await readdir(join(here, "png"))) put(join(out, "gongzhi", file), await readFile(join(here, "png", file)));
await sprite();

put(join(out, "vendor/htmx/htmx.min.js"), await readFile(join(modules, "htmx.org/dist/htmx.min.js")));
// The two files of MapLibre share a chunk; each is bundled whole so that hashed file names need no rewriting inside scripts.
await js(join(modules, "maplibre-gl/dist/maplibre-gl.mjs"), "vendor/maplibre/maplibre-gl.js");
await js(join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs"), "vendor/maplibre/maplibre-gl-worker.js");
await css(join(here, "css/maplibre.css"), "vendor/maplibre/maplibre-gl.css");
await js(join(here, "vendor/echarts.js"), "vendor/echarts/echarts.js");
put(join(testVendor, "axe.min.js"), await readFile(join(modules, "axe-core/axe.min.js")));

const parts = [
  ["Bootstrap", "bootstrap", "MIT", "reboot and a few utilities, inside gongzhi/gongzhi.css", "https://getbootstrap.com"],
  ["Tabler Icons", "@tabler/icons", "MIT", "gongzhi/icons.svg (a selection; shape-* are our own)", "https://tabler.io/icons"],
  ["htmx", "htmx.org", "0BSD", "vendor/htmx/htmx.min.js", "https://htmx.org"],
  ["MapLibre GL JS", "maplibre-gl", "BSD-3-Clause", "vendor/maplibre/", "https://maplibre.org"],
  ["Apache ECharts", "echarts", "Apache-2.0", "vendor/echarts/echarts.js (bar, line, pie, heatmap)", "https://echarts.apache.org"],
];
const rows = [];
for (const [label, name, licence, where, home] of parts) rows.push(`| ${label} | ${await version(name)} | ${licence} | ${where} | ${home} |`);
const texts = [];
for (const [label, file] of [["Bootstrap", "bootstrap/LICENSE"], ["Tabler Icons", "@tabler/icons/LICENSE"], ["htmx", "htmx.org/LICENSE"], ["MapLibre GL JS", "maplibre-gl/LICENSE.txt"], ["Apache ECharts", "echarts/NOTICE"]]) texts.push(`### ${label}\n\n\`\`\`\n${(await readFile(join(modules, file), "utf8")).trim()}\n\`\`\`\n`);
const sums = [...written].filter(([p]) => p.startsWith(out)).map(([p, c]) => `${createHash("sha256").update(c).digest("hex")}  ${p.slice(out.length + 1)}`).sort((a, b) => a.slice(66) < b.slice(66) ? -1 : 1);
put(join(out, "vendor/LICENSES.md"), `# Software of others served with the pages\n\nBuilt by \`npm ci && npm run build\` in \`assets/\`; nothing here is edited by hand.\n\n| name | version | licence | where | home |\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}\n\nApache ECharts is licensed under the Apache License 2.0, https://www.apache.org/licenses/LICENSE-2.0\n\n## Checksums (sha256)\n\n\`\`\`\n${sums.join("\n")}\n\`\`\`\n\n## Licence texts\n\n${texts.join("\n")}`);

let stale = 0;
for (const [path, content] of written) {
  if (checking) {
    const now = await readFile(path).catch(() => Buffer.alloc(0));
    if (!now.equals(content)) { stale++; console.error(`differs: ${path.slice(out.length + 1)}`); }
  } else {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
if (stale) process.exit(1);
console.log(`${written.size} files ${checking ? "agree" : "written"}`);

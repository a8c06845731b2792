// Builds dist/ from assets/ and the pinned npm packages: `npm ci && node scripts/build_assets.mjs`.
// dist/ is served under static/ and hashed by Django's manifest storage, so names here carry no hash
// and every URL inside CSS is relative.
import { build } from "esbuild";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "assets");
const dist = join(root, "dist");
const packageDir = (name) => dirname(createRequire(join(root, "package.json")).resolve(`${name}/package.json`));

// What a phone on a bad network downloads before it can work; a build that outgrows it must be argued for.
const BUDGET_GZIP = { "css/portal.css": 12_000, "css/field.css": 5_000, "js/field.js": 2_000 };

async function bundle() {
  const common = {
    bundle: true, minify: true, legalComments: "none", charset: "utf8", logLevel: "warning",
    // A cheap Android phone may keep an old Chrome; nesting and newer syntax are lowered for it.
    target: ["chrome99", "firefox97", "safari15.4"],
  };
  await build({
    ...common,
    entryPoints: ["portal", "field", "admin", "docs"].map((name) => join(assets, `css/${name}.css`)),
    outdir: join(dist, "css"),
    external: ["../fonts/*", "../img/*"],
  });
  await build({
    ...common,
    entryPoints: ["portal", "field", "admin"].map((name) => join(assets, `js/${name}.js`)),
    outdir: join(dist, "js"),
    format: "iife",
    nodePaths: [join(root, "node_modules")],
  });
}

function copyFonts() {
  const files = join(packageDir("@fontsource/be-vietnam-pro"), "files");
  mkdirSync(join(dist, "fonts"), { recursive: true });
  for (const subset of ["vietnamese", "latin"])
    for (const weight of [400, 600]) {
      const name = `be-vietnam-pro-${subset}-${weight}-normal.woff2`;
      cpSync(join(files, name), join(dist, "fonts", name));
    }
}

function iconSprite() {
  const folder = join(packageDir("lucide-static"), "icons");
  const symbols = JSON.parse(readFileSync(join(assets, "icons.json"), "utf8")).map((name) => {
    const svg = readFileSync(join(folder, `${name}.svg`), "utf8");
    const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    // stroke="none" is not set on the symbol: fill and stroke are inherited from the page's .icon rule.
    return (
      `<symbol id="${name}" viewBox="0 0 24 24" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">` +
      `${shapes.replace(/\s+/g, " ").trim()}</symbol>`
    );
  });
  const licence = "<!-- Lucide, ISC licence, lucide.dev/license -->";
  writeFileSync(join(dist, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${licence}${symbols.join("")}</svg>\n`);
}

function listFiles(folder, prefix = "") {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? listFiles(path, `${prefix}${name}/`) : [`${prefix}${name}`];
  });
}

function report() {
  let over = false;
  for (const name of listFiles(dist)) {
    const bytes = readFileSync(join(dist, name));
    const gzip = gzipSync(bytes, { level: 9 }).length;
    const limit = BUDGET_GZIP[name];
    over ||= limit !== undefined && gzip > limit;
    console.log(`${String(bytes.length).padStart(8)} B ${String(gzip).padStart(7)} gz  ${name}${limit ? ` (≤ ${limit})` : ""}`);
  }
  if (over) {
    console.error("An asset is over its size budget (BUDGET_GZIP in scripts/build_assets.mjs).");
    process.exit(1);
  }
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await bundle();
copyFonts();
iconSprite();
cpSync(join(assets, "img"), join(dist, "img"), { recursive: true });
report();

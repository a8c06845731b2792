// Builds dist/ from assets/, field_app/ and the pinned npm packages: `npm ci && node scripts/build_assets.mjs`.
// dist/ is served under static/ and hashed by Django's manifest storage, so names here carry no hash
// and every URL inside CSS is relative. It is built beside and swapped in: a running server never misses a file.
import { build } from "esbuild";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { pngOf } from "./icon_png.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "assets");
const final = join(root, "dist");
const dist = `${final}.${process.pid}`;
const packageDir = (name) => dirname(createRequire(join(root, "package.json")).resolve(`${name}/package.json`));

// What a phone on a bad network downloads before it can work; a build that outgrows it must be argued for.
const BUDGET_GZIP = {
  "css/portal.css": 12_000,
  "css/field.css": 5_000,
  "js/field.js": 2_000,
  // With the shell, the kit and the headers: 25 kB at the first visit (scripts/field_weight.py).
  "css/field_app.css": 3_500,
  "field/app.js": 17_200,
  "field/sw.js": 8_000,
  "field/icons.svg": 4_200,
};

const COMMON = {
  bundle: true, minify: true, legalComments: "none", charset: "utf8", logLevel: "warning",
  // A cheap Android phone may keep an old Chrome; nesting and newer syntax are lowered for it.
  target: ["chrome99", "firefox97", "safari15.4"],
};

async function bundle() {
  await build({
    ...COMMON,
    entryPoints: ["portal", "field", "field_app", "admin", "docs"].map((name) => join(assets, `css/${name}.css`)),
    outdir: join(dist, "css"),
    external: ["../fonts/*", "../img/*"],
  });
  await build({
    ...COMMON,
    entryPoints: ["portal", "passkey", "plan", "field", "admin"].map((name) => join(assets, `js/${name}.js`)),
    outdir: join(dist, "js"),
    format: "iife",
    nodePaths: [join(root, "node_modules")],
  });
}

// The later part takes from the app what both use, so that there is one state and one Preact: the app lays its modules
// down in globalThis.XKS. esbuild's own splitting would cost a request, and names with a hash in them.
const fieldSource = join(root, "field_app/src");
const SHARED = new Set(
  ["actions", "state", "text", "ui/day", "ui/frame", "ui/log", "ui/parts"].map((name) => join(fieldSource, name)),
);
// Modules without a state of their own are in both, each time with no more than is used.
const fromTheApp = {
  name: "from-the-app",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^preact\/jsx-runtime$|^\.\.?\// }, ({ path, resolveDir }) =>
      !path.startsWith(".") || SHARED.has(join(resolveDir, path)) ? { path: basename(path), namespace: "shared" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "shared" }, ({ path }) => ({ contents: `module.exports = globalThis.XKS["${path}"]` }));
  },
};

async function fieldApp() {
  const source = (name) => join(fieldSource, name);
  const common = { ...COMMON, outdir: join(dist, "field"), jsx: "automatic", jsxImportSource: "preact" };
  await build({ ...common, format: "esm", entryPoints: ["app.tsx", "en.ts", "qr.ts", "scan.ts"].map(source) });
  const styles = await build({ ...COMMON, entryPoints: [join(assets, "css/field_rest.css")], write: false });
  const define = { STYLES: JSON.stringify(styles.outputFiles[0].text.trim()) };
  await build({ ...common, format: "esm", entryPoints: [source("rest.tsx")], plugins: [fromTheApp], define });
  await build({ ...common, format: "iife", entryPoints: ["sw.ts", "sw_off.ts"].map(source) });
  const logo = readFileSync(join(assets, "img/logo.svg"), "utf8");
  for (const [name, size, margin] of [["icon-192", 192, 0], ["icon-512", 512, 0], ["icon-maskable-512", 512, 0.14]])
    writeFileSync(join(dist, `field/${name}.png`), pngOf(logo, size, margin));
  cpSync(join(assets, "img/logo.svg"), join(dist, "field/icon.svg"));
}

/** Only what the app shows: its own icons, and those of the catalogue. */
function fieldIcons() {
  const all = JSON.parse(readFileSync(join(assets, "icons.json"), "utf8"));
  const text = [...listFiles(fieldSource).map((name) => readFileSync(join(fieldSource, name), "utf8")),
    readFileSync(join(root, "data/catalogue.json"), "utf8")].join();
  return all.filter((name) => new RegExp(`(icon|name)"?[=:] ?"${name}"|[?:\\[] ?"${name}"`).test(text));
}

function copyFonts() {
  const files = join(packageDir("@fontsource/be-vietnam-pro"), "files");
  mkdirSync(join(dist, "fonts"), { recursive: true });
  for (const subset of ["vietnamese", "latin"])
    for (const weight of [400, 600]) {
      const name = `be-vietnam-pro-${subset}-${weight}-normal.woff2`;
      cpSync(join(files, name), join(dist, "fonts", name));
    }
  // Whole, and uncompressed, for typst: the typeface of sheets and posters, and for reports one as wide as Times New Roman.
  const printed = {
    "be-vietnam-pro": ["BeVietnamPro", ["400Regular", "600SemiBold"]],
    tinos: ["Tinos", ["400Regular", "400Regular_Italic", "700Bold", "700Bold_Italic"]],
  };
  mkdirSync(join(dist, "print"), { recursive: true });
  for (const [family, [name, styles]] of Object.entries(printed))
    for (const style of styles) {
      const file = `${name}_${style}.ttf`;
      cpSync(join(packageDir(`@expo-google-fonts/${family}`), style, file), join(dist, "print", file));
    }
}

function iconSprite(file, names) {
  const folder = join(packageDir("lucide-static"), "icons");
  const symbols = names.map((name) => {
    const svg = readFileSync(join(folder, `${name}.svg`), "utf8");
    const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    // stroke="none" is not set on the symbol: fill and stroke are inherited from the page's .icon rule.
    return (
      `<symbol id="${name}" viewBox="0 0 24 24" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">` +
      `${shapes.replace(/\s+/g, " ").trim()}</symbol>`
    );
  });
  const licence = "<!-- Lucide, ISC licence, lucide.dev/license -->";
  writeFileSync(join(dist, file), `<svg xmlns="http://www.w3.org/2000/svg">${licence}${symbols.join("")}</svg>\n`);
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
  if (over) throw new Error("An asset is over its size budget (BUDGET_GZIP in scripts/build_assets.mjs).");
}

function swap() {
  const old = `${dist}.old`;
  try {
    renameSync(final, old);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  renameSync(dist, final);
  rmSync(old, { recursive: true, force: true });
}

try {
  mkdirSync(dist, { recursive: true });
  await bundle();
  await fieldApp();
  copyFonts();
  iconSprite("icons.svg", JSON.parse(readFileSync(join(assets, "icons.json"), "utf8")));
  iconSprite("field/icons.svg", fieldIcons());
  cpSync(join(assets, "img"), join(dist, "img"), { recursive: true });
  report();
  swap();
} catch (error) {
  rmSync(dist, { recursive: true, force: true });
  console.error(error.message);
  process.exit(1);
}

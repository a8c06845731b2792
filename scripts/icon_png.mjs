// The app's icon as PNG, from the logo: rectangles and straight-edged paths, which is all that the logo has.
// Written out here, since a rasteriser would be a dependency larger than the app.
import { deflateSync } from "node:zlib";

const SIDE = 48; // of the logo's viewBox
const FINE = 4; // samples a pixel, each way

/** `margin`: how much of the picture stays free on each side of the mark, for icons that are cut to a circle. */
export function pngOf(svg, size, margin = 0) {
  const [ground, ...mark] = shapesOf(svg);
  if (margin) ground.corner = 0;
  const scale = SIDE / (1 - 2 * margin);
  const pixels = Buffer.alloc(size * (size * 4 + 1)); // each row begins with its filter: none
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1) {
      const at = (place) => (place / size - 0.5) * scale + SIDE / 2;
      const near = mark.filter(({ box }) => box[0] <= at(x + 1) && box[2] >= at(x) && box[1] <= at(y + 1) && box[3] >= at(y));
      const isPlain = !near.length && !isCorner(ground, ((x + 0.5) / size) * SIDE, ((y + 0.5) / size) * SIDE);
      let [red, green, blue, hits] = [0, 0, 0, 0];
      const samples = isPlain ? 1 : FINE * FINE;
      for (let part = 0; part < samples; part += 1) {
        const px = x + (isPlain ? 0.5 : ((part % FINE) + 0.5) / FINE);
        const py = y + (isPlain ? 0.5 : (Math.floor(part / FINE) + 0.5) / FINE);
        const hit = near.findLast((shape) => inside(shape, at(px), at(py))) ?? (inside(ground, (px / size) * SIDE, (py / size) * SIDE) ? ground : null);
        if (!hit) continue;
        red += hit.colour[0];
        green += hit.colour[1];
        blue += hit.colour[2];
        hits += 1;
      }
      const mean = [red, green, blue].map((sum) => (hits ? Math.round(sum / hits) : 0));
      pixels.set([...mean, Math.round((255 * hits) / samples)], y * (size * 4 + 1) + 1 + x * 4);
    }
  return png(size, pixels);
}

function shapesOf(svg) {
  return [...svg.matchAll(/<(rect|path) ([^>]*?)\/?>/g)].flatMap(([, kind, text]) => {
    const given = Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const colour = [1, 3, 5].map((from) => parseInt(given.fill.slice(from, from + 2), 16));
    if (kind === "rect") {
      const [w, h] = [Number(given.width), Number(given.height)];
      return [{ colour, corner: Number(given.rx ?? 0), points: [[0, 0], [w, 0], [w, h], [0, h]] }];
    }
    return polygons(given.d).map((points) => ({ colour, points, box: boxOf(points), corner: 0 }));
  });
}

const boxOf = (points) => [
  Math.min(...points.map(([x]) => x)), Math.min(...points.map(([, y]) => y)),
  Math.max(...points.map(([x]) => x)), Math.max(...points.map(([, y]) => y)),
];

const isCorner = ({ corner }, x, y) => Math.min(x, SIDE - x) <= corner && Math.min(y, SIDE - y) <= corner;

function polygons(path) {
  const all = [];
  let [x, y] = [0, 0];
  for (const [, command, text] of path.matchAll(/([MLHVhvz])([^MLHVhvz]*)/g)) {
    const n = text.trim().split(/[\s,]+/).filter(Boolean).map(Number);
    if (command === "z") continue;
    if (command === "M" || command === "L") [x, y] = n;
    if (command === "H") x = n[0];
    if (command === "V") y = n[0];
    if (command === "h") x += n[0];
    if (command === "v") y += n[0];
    if (command === "M") all.push([]);
    all.at(-1).push([x, y]);
  }
  return all;
}

function inside({ points, corner }, x, y) {
  if (corner) {
    const far = (at) => Math.max(corner - at, at - (SIDE - corner), 0);
    if (Math.hypot(far(x), far(y)) > corner) return false;
  }
  let within = false;
  points.forEach(([ax, ay], place) => {
    const [bx, by] = points.at(place - 1);
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  });
  return within;
}

function png(size, pixels) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8); // 8 bits, RGBA
  const parts = [["IHDR", head], ["IDAT", deflateSync(pixels, { level: 9 })], ["IEND", Buffer.alloc(0)]];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts.map(([name, data]) => chunk(name, data))]);
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(checksum(body), body.length + 4);
  return whole;
}

// zlib.crc32 is younger than the oldest Node that is supported.
function checksum(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// Prints what the QR code in each PNG of the command line says, a line each: "" where there is none.
import jsQR from "jsqr";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

function pixelsOf(png) {
  const parts = [];
  let width, height, channels;
  for (let at = 8; at < png.length; ) {
    const size = png.readUInt32BE(at), kind = png.toString("latin1", at + 4, at + 8), body = png.subarray(at + 8, at + 8 + size);
    if (kind === "IHDR") [width, height, channels] = [body.readUInt32BE(0), body.readUInt32BE(4), { 2: 3, 6: 4 }[body[9]]];
    if (kind === "IDAT") parts.push(body);
    at += size + 12;
  }
  const raw = inflateSync(Buffer.concat(parts)), line = width * channels, plain = Buffer.alloc(line * height);
  const paeth = (a, b, c) => {
    const [x, y, z] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
    return x <= y && x <= z ? a : y <= z ? b : c;
  };
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (line + 1)];
    for (let x = 0; x < line; x++) {
      const a = x < channels ? 0 : plain[y * line + x - channels], b = y ? plain[(y - 1) * line + x] : 0;
      const c = y && x >= channels ? plain[(y - 1) * line + x - channels] : 0;
      const add = [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter];
      plain[y * line + x] = (raw[y * (line + 1) + 1 + x] + add) & 255;
    }
  }
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) for (let k = 0; k < 3; k++) rgba[i * 4 + k] = plain[i * channels + k];
  return [rgba, width, height];
}

for (const file of process.argv.slice(2)) console.log(jsQR(...pixelsOf(readFileSync(file)))?.data ?? "");

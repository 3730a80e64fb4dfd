// Prints the size of the built widget and fails when it grows over its limit.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 45;
const file = new URL("../dist/maria-chat.js", import.meta.url);
const code = readFileSync(file);
const other = code.toString().match(/\bimport\s*["'{*]|\bimport\(/);
const packed = gzipSync(code, { level: 9 }).length / 1024;
console.log(`maria-chat.js: ${(code.length / 1024).toFixed(1)} KB, gzip ${packed.toFixed(1)} KB of ${LIMIT_KB} KB allowed`);
if (other) {
  console.error("maria-chat.js must be one file, but it imports another one");
  process.exit(1);
}
if (packed > LIMIT_KB) {
  console.error(`maria-chat.js is too large: ${packed.toFixed(1)} KB gzip, at most ${LIMIT_KB} KB`);
  process.exit(1);
}

/** The window of the staff and the live page: a build of their own, so that the widget stays one file. */
import { resolve } from "node:path";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const DESK = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte({ configFile: false })],
  publicDir: false,
  build: {
    target: "es2022",
    emptyOutDir: false,
    assetsInlineLimit: 0,
    assetsDir: "assets/staff",
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        console: resolve(import.meta.dirname, "console/index.html"),
        board: resolve(import.meta.dirname, "board/index.html"),
      },
    },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": DESK } },
});

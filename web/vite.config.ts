import { resolve } from "node:path";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

import { networkPage } from "./site/network.ts";

const DESK = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte({ configFile: false }), networkPage(resolve(import.meta.dirname, "../data/catalogue"))],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        index: resolve(import.meta.dirname, "index.html"),
        privacy: resolve(import.meta.dirname, "privacy.html"),
        "maria-chat": resolve(import.meta.dirname, "src/widget/main.ts"),
      },
      output: {
        // Other sites embed the widget by this name, so it carries no hash.
        entryFileNames: ({ name }) => (name === "maria-chat" ? "maria-chat.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  server: {
    proxy: { "/socket.io": { target: DESK, ws: true }, "/visits": DESK, "/pictures": DESK, "/requests": DESK },
  },
  test: { include: ["tests/**/*.test.ts"] },
});

/**
 * `<maria-chat>`: the chat on any page.
 *
 * Attributes: `server` (address of the desk; by default where this script came from), `title` (name in
 * the header), `open` (present while the chat is open), `privacy` (address of the page about personal data).
 * All styles are one constructed sheet, so a page with `style-src 'self'` needs no exception.
 */
import { mount, unmount } from "svelte";

import Chat from "./Chat.svelte";
import { ChatClient } from "./client";
import { pictureDoor } from "./pictures";
import { socketTransport } from "./socket";
import { BrowserStore } from "./storage";
import { TEXTS } from "./texts";
import css from "./widget.css?inline";

export interface View {
  open: boolean;
  heading: string;
  privacy: string;
  server: string;
  /** Text to put into the input; the patient decides whether to send it. */
  draft: string;
}

let sheet: CSSStyleSheet | undefined;

function widgetSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}

export class MariaChat extends HTMLElement {
  static readonly observedAttributes = ["open", "title", "privacy"];

  readonly #view: View = $state({ open: false, heading: TEXTS.heading, privacy: "", server: "", draft: "" });
  #stop: (() => void) | undefined;

  connectedCallback(): void {
    const server = new URL(this.getAttribute("server") || scriptOrigin(), document.baseURI).origin;
    this.#view.server = server;
    this.#view.privacy ||= `${server}/privacy.html`;
    const store = new BrowserStore(server);
    const client = new ChatClient({
      transport: socketTransport(server),
      pictures: pictureDoor(server),
      store,
      timers: {
        now: () => Date.now(),
        after: (ms, action) => {
          const timer = setTimeout(action, ms);
          return () => clearTimeout(timer);
        },
      },
      newId,
    });
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [widgetSheet()];
    this.#view.open = this.hasAttribute("open") || store.wasOpen();
    const chat = mount(Chat, {
      target: root,
      props: {
        client,
        view: this.#view,
        onToggle: (open: boolean) => {
          store.saveOpen(open);
          this.toggleAttribute("open", open);
        },
      },
    });
    const refresh = () => {
      if (document.visibilityState === "visible") client.refresh();
    };
    document.addEventListener("visibilitychange", refresh);
    this.#stop = () => {
      document.removeEventListener("visibilitychange", refresh);
      client.stop();
      void unmount(chat);
    };
  }

  disconnectedCallback(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  attributeChangedCallback(name: string, _old: string | null, value: string | null): void {
    if (name === "open") {
      this.#view.open = value !== null;
    } else if (name === "privacy") {
      this.#view.privacy = value ?? "";
    } else if (value !== null) {
      this.#view.heading = value || TEXTS.heading;
      // Left in place it would pop up as a tooltip over the whole chat.
      this.removeAttribute("title");
    }
  }

  /** Opens the chat; `draft` is put into the input unless the patient has already written something. */
  show(draft = ""): void {
    this.#view.draft = draft;
    this.#view.open = true;
  }

  hide(): void {
    this.#view.open = false;
  }
}

function scriptOrigin(): string {
  return new URL(import.meta.url).origin;
}

/** `crypto.randomUUID` is missing on pages served without TLS; `getRandomValues` is not. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

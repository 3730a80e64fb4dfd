import { MariaChat } from "./element.svelte";

if (!customElements.get("maria-chat")) customElements.define("maria-chat", MariaChat);

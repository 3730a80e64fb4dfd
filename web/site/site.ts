/** Buttons of the demonstration page that open the chat with the beginning of a message. */
import type { MariaChat } from "../src/widget/element.svelte";

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-draft]") : null;
  if (button) document.querySelector<MariaChat>("maria-chat")?.show(button.dataset.draft);
});

/** A timer that goes on in a hidden tab: browsers slow those of the page down to one a minute. */
const BEAT_MS = 5000;

setInterval(() => postMessage(null), BEAT_MS);

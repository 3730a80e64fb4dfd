import { io } from "socket.io-client";

import type { Transport } from "./client";

const REDIAL_MS = 2_000;

/** A Socket.IO connection to the desk at `server`, closed until `connect()`. */
export function socketTransport(server: string): Transport {
  const socket = io(server, { autoConnect: false, reconnectionDelay: 500, reconnectionDelayMax: 8_000 });
  let wanted = false;
  // A disconnect ordered by the server (a restart, for example) is final for socket.io: dial again ourselves.
  socket.on("disconnect", (reason) => {
    if (reason === "io server disconnect") setTimeout(() => wanted && socket.connect(), REDIAL_MS);
  });
  // No use in waiting for the next attempt when the device itself says that the network is back.
  window.addEventListener("online", () => wanted && socket.connect());
  return {
    connect: () => {
      wanted = true;
      socket.connect();
    },
    disconnect: () => {
      wanted = false;
      socket.disconnect();
    },
    renew: () => void socket.io.engine?.close(),
    on: (event, handler) => void socket.on(event, handler),
    emit: (event, data) => void socket.emit(event, data),
    request: (event, data, timeoutMs) => socket.timeout(timeoutMs).emitWithAck(event, data),
  };
}

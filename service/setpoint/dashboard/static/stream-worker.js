/** A SharedWorker: all tabs of a browser hear one stream. A browser opens but six connections to a host. */

import { Source } from "./source.js";

const ports = new Set();
const source = new Source((message) => {
  for (const port of ports) port.postMessage(message);
});

self.onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = ({ data }) => data === "bye" && ports.delete(port);
  ports.add(port);
  if (source.online) port.postMessage({ type: "online", online: true });
};

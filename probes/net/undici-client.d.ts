/**
 * The HTTP/1.1 client of undici without the rest of it: `import 'undici'` also loads fetch, WebSocket and caches, which
 * costs a light agent some 14 MB of memory for nothing.
 */
declare module 'undici/lib/dispatcher/client.js' {
  // biome-ignore lint/style/noDefaultExport: it is a CommonJS module, whose export is the default.
  export { Client as default } from 'undici';
}

// @ts-check
/** Text to take along: a command, a file; with a button that copies it. */
import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';

/** How long the button says that it did. */
const SAID_MS = 2000;

/** @param {{ text: string, label: string, isBlock?: boolean }} props `label`: what is copied, for its button */
export function Copyable({ text, label, isBlock = false }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return undefined;
    const timer = setTimeout(() => setSaid(''), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () =>
    // Without https the clipboard is closed to pages.
    (navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('closed'))).then(
      () => setSaid('Copied'),
      () => setSaid('Select it and copy by hand'),
    );
  return html`<div class=${isBlock ? 'copyable block' : 'copyable'}>
    ${isBlock ? html`<pre tabindex="0" role="region" aria-label=${label}>${text}</pre>` : html`<code>${text}</code>`}
    <button type="button" onClick=${copy} aria-label=${`Copy ${label}`}>${said || 'Copy'}</button>
    <span class="visually-hidden" role="status">${said}</span>
  </div>`;
}

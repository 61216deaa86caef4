// The bytes behind it: the request, the answer, and the same call for a terminal.

import { copyButton, el } from './dom.js';

const shownMax = 400_000;

function pane(title, hint, text) {
  const filled = { text: '' };
  const pre = el('pre', { tabindex: 0, role: 'region', 'aria-label': title });
  const details = el('details', { class: 'pane', toggle: () => {
    if (!details.open || pre.textContent) return;
    filled.text = text();
    pre.textContent = filled.text.length > shownMax ? `${filled.text.slice(0, shownMax)}\n… cut here; copy it to have all of it` : filled.text;
  } }, el('summary', {}, title), hint && el('p', { class: 'hint' }, hint), copyButton(() => filled.text || text(), 'Copy'), pre);
  return details;
}

/** @param {string} base @param {string} path @param {string} body */
export function curl(base, path, body) {
  return `curl -sS -H 'Content-Type: application/json' --data-binary @- \\\n  '${base.replace(/\/$/, '')}/${path}' <<'END'\n${body}\nEND`;
}

/**
 * @param {any} request @param {any} response @param {string} base @param {string} service @param {string} today
 * @param {Set<string>} open titles of the panes that were open
 */
export function wire(request, response, base, service, today, open) {
  const body = () => JSON.stringify(request, null, 2);
  const isHook = Boolean(request.hook);
  const panes = [
    pane('Request', isHook ? 'What a record system sends when the chart is opened.' : 'A FHIR resource; a record system would send a CDS Hooks request.', body),
    pane('Answer', 'The cards, and the trail that /explain adds.', () => JSON.stringify(response, null, 2)),
    isHook && pane('As curl: the service', 'What a record system calls. It answers with the cards only, and always judges as of the server’s own date.', () => curl(base, `cds-services/${service}`, body())),
    pane('As curl: the trail', 'What this page calls.', () => curl(base, `explain?today=${today}`, body())),
  ].filter(Boolean);
  for (const one of panes) one.open = open.has(one.firstChild.textContent);
  return panes;
}

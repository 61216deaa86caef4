// The calls to the server that this page came from.

/** What went wrong, as a sentence for people; `where` is the JSON path at fault, where the server names one. */
export class Refused extends Error {
  /** @param {string} message @param {number} [status] @param {string} [where] */
  constructor(message, status = 0, where = '') {
    super(message);
    this.status = status;
    this.where = where;
  }
}

/** The sentence of an OperationOutcome. */
function refusal(status, body) {
  if (status === 401) return new Refused('This server asks its callers for a token, and this page has none.', status);
  const issue = body?.issue?.[0];
  if (!issue) return new Refused(`The server answered with status ${status} and no explanation.`, status);
  const said = [issue.details?.text, issue.diagnostics && `${issue.diagnostics}.`].filter(Boolean).join(' ');
  return new Refused(said, status, issue.expression?.[0] ?? '');
}

let token = '';

/** Sends a token with every call from now on; it stays in this page. @param {string} one */
export function useToken(one) {
  token = one.trim();
}

async function call(address, options) {
  let response;
  const headers = { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) };
  try {
    response = await fetch(address, { ...options, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refused('The server does not answer. Is it still running?');
  }
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = null;
  }
  if (!response.ok) throw refusal(response.status, body);
  return body;
}

/** @param {string} address below this page */
export function get(address) {
  return call(address, { headers: { Accept: 'application/json' } });
}

/** @param {string} address @param {string} body JSON text @param {AbortSignal} [signal] */
export function post(address, body, signal) {
  return call(address, { method: 'POST', body, signal, headers: { 'Content-Type': 'application/json' } });
}

/** Every criterion with its evidence, and the cards, as of a day. @param {string} request @param {string} today @param {AbortSignal} signal */
export function explain(request, today, signal) {
  return post(`explain${today ? `?today=${encodeURIComponent(today)}` : ''}`, request, signal);
}

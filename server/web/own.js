// The user's own record: pasted, dropped, chosen, or fetched by the server. What was typed stays typed, whatever happens.

import { byId } from './dom.js';

/** More is for curl: a page that formats and edits a record of this size would stand still. */
export const bytesMax = 8 * 1024 * 1024;

/** "30.1 MB" */
function megabytes(bytes) {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export function tooBig(bytes) {
  return `That is ${megabytes(bytes)}, and this page takes ${megabytes(bytesMax)} at most, to stay quick. The service itself takes more: send the file with curl, as shown at the end of the page.`;
}

/** Line and column of a place in a text, both from 1. */
function lineAndColumn(text, position) {
  const before = text.slice(0, position).split('\n');
  return { line: before.length, column: before.at(-1).length + 1 };
}

/** What is wrong with a text that is not JSON, with the place. @param {string} text @param {SyntaxError} error */
export function jsonProblem(text, error) {
  const said = error.message;
  const stated = /line (\d+) column (\d+)/.exec(said);
  const position = /position (\d+)/.exec(said);
  const place = stated ? { line: Number(stated[1]), column: Number(stated[2]) }
    : lineAndColumn(text, position ? Number(position[1]) : text.trimEnd().length);
  const why = said.replace(/^JSON\.parse: /, '').replace(/ ?(in JSON )?(at|after) (line|position).*$/s, '')
    .replace(/,? ?"[^]*" is not valid JSON$/, '');
  return `This is not JSON: line ${place.line}, column ${place.column} (${why}).`;
}

/** A request or resource, or a sentence. @param {string} text @returns {{body?: any, problem?: string}} */
export function readRecord(text) {
  if (!text.trim()) return { problem: 'There is nothing here yet. Paste a CDS Hooks request or a FHIR Bundle.' };
  if (text.length > bytesMax) return { problem: tooBig(text.length) };
  let body;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return { problem: jsonProblem(text, /** @type {SyntaxError} */ (error)) };
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { problem: 'This is JSON, but neither a CDS Hooks request nor a FHIR resource.' };
  if (!body.resourceType && !body.hook) return { problem: 'This is JSON, but it has neither a “hook” (a CDS Hooks request) nor a “resourceType” (a FHIR Bundle).' };
  return { body };
}

/**
 * Connects the two forms and the dropping of files.
 * @param {(body: any, problem: HTMLElement) => void} judge what to do with a record; where to complain about it
 */
export function connect(judge) {
  const text = byId('own-text');
  const problem = byId('own-problem');
  const file = byId('own-file');
  const take = (content) => {
    const read = readRecord(content);
    problem.textContent = read.problem ?? '';
    if (read.body) judge(read.body, problem);
  };
  const takeFile = async (one) => {
    byId('own').open = true;
    problem.textContent = one.size > bytesMax ? tooBig(one.size) : '';
    if (one.size <= bytesMax) take(await one.text());
  };

  byId('own-form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (!text.value.trim() && file.files.length) takeFile(file.files[0]);
    else take(text.value);
  });
  text.addEventListener('paste', (event) => {
    const size = event.clipboardData?.getData('text').length ?? 0;
    if (size <= bytesMax) return;
    event.preventDefault();
    problem.textContent = tooBig(size);
  });
  file.addEventListener('change', () => file.files.length && takeFile(file.files[0]));
  document.addEventListener('dragover', (event) => {
    if (![...(event.dataTransfer?.types ?? [])].includes('Files')) return;
    event.preventDefault();
    document.body.classList.add('dropping');
  });
  document.addEventListener('dragleave', (event) => !event.relatedTarget && document.body.classList.remove('dropping'));
  document.addEventListener('drop', (event) => {
    document.body.classList.remove('dropping');
    const dropped = event.dataTransfer?.files?.[0];
    if (!dropped) return;
    event.preventDefault();
    takeFile(dropped);
  });

  byId('fetch-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const complaint = byId('fetch-problem');
    const server = byId('fetch-url').value.trim();
    const patientId = byId('fetch-patient').value.trim();
    complaint.textContent = !/^https?:\/\/[^\s]+$/.test(server) ? 'The address does not begin with http:// or https://.'
      : !patientId ? 'Which patient? An id is needed.' : '';
    if (complaint.textContent) return;
    judge({ hook: 'patient-view', hookInstance: crypto.randomUUID?.() ?? '00000000-0000-4000-8000-000000000000', fhirServer: server,
      context: { userId: 'Practitioner/try-out', patientId } }, complaint);
  });
}

// The try-out page: a patient is picked, the server judges, and everything that it says is shown.

import { cardElement } from './cards.js';
import { charts } from './charts.js';
import { byId, el } from './dom.js';
import { Editor } from './edit.js';
import { connect } from './own.js';
import { entriesOf } from './record.js';
import { explain, get } from './server.js';
import { banner, summary } from './summary.js';
import { remarks, trail } from './trail.js';
import { counted } from './words.js';
import { wire } from './wire.js';

const { baseUrl, service: defaultService } = document.body.dataset;
const state = {
  /** where a fault of the current record is told */
  problem: byId('advice-problem'),
  analytes: [],
  titles: new Map(),
  services: [],
  /** @type {AbortController | undefined} */ running: undefined,
  /** @type {Editor} */ editor: undefined,
};

/** The service for a hook. @param {any} request */
function serviceFor(request) {
  return state.services.find((one) => one.hook === request.hook)?.id ?? defaultService;
}

/** Shows the resource behind a reference. @param {string} reference */
function openResource(reference) {
  const plain = reference.replace(/^.*?([A-Za-z]+\/[^/]+)$/, '$1');
  const found = entriesOf(state.editor.body).find((entry) => entry.reference === plain);
  byId('resource-title').textContent = reference;
  byId('resource-text').textContent = found ? JSON.stringify(found.resource, null, 2)
    : 'This resource is not in the request: the server has computed it, or fetched it elsewhere.';
  for (const row of document.querySelectorAll('[data-reference]')) row.classList.toggle('pointed', row.dataset.reference === plain);
  byId('resource').showModal();
}

function showRecord() {
  const entries = entriesOf(state.editor.body);
  byId('banner').replaceChildren(...banner(entries, state.editor.today, Boolean(state.editor.body.fhirServer)));
  byId('charts').replaceChildren(...charts(entries, state.analytes));
  byId('summary').replaceChildren(...summary(entries, state.analytes, openResource));
}

function openOnes(selector, name) {
  return new Set([...document.querySelectorAll(selector)].filter((one) => one.open).map(name));
}

const silences = {
  none: 'No card. The service stays silent: nothing in this record meets a criterion. The trail below shows what each of them found.',
  'already-known': 'No card. The specialist service already knows this person, so the service stays silent.',
  explained: 'No card. Insulin is raised, and the record holds another cause that explains it.',
};

function showAnswer(request, explanation) {
  const count = explanation.cards.length;
  const silence = explanation.silenced?.length ? 'No card: an earlier answer has silenced it. The trail below says which, and until when.'
    : silences[explanation.outcome] ?? `No card (${explanation.outcome}).`;
  byId('verdict').textContent = count ? `${counted(count, 'card')}.` : silence;
  byId('verdict').className = count ? 'verdict' : 'verdict silent';
  byId('cards').replaceChildren(...explanation.cards.map((card) => cardElement(card, serviceFor(request), request)));
  byId('trail').replaceChildren(...trail(explanation, state.titles, openResource, openOnes('#trail details', (one) => one.dataset.id)));
  byId('unread').replaceChildren(...remarks(explanation, state.titles, openResource));
  byId('wire').replaceChildren(...wire(request, explanation, baseUrl, serviceFor(request), explanation.today,
    openOnes('#wire details', (one) => one.firstChild.textContent)));
}

/** Why the record could not be fetched: without the patient nothing else says anything. */
function fetchProblem(explanation) {
  const missing = explanation.missing?.find((one) => one.key === 'patient');
  return missing ? `The record could not be loaded: ${missing.cause}. What was not there is unknown to every criterion below.` : '';
}

/** Judges what the editor holds. The newest edit wins. */
async function judge() {
  const started = performance.now();
  state.running?.abort();
  const running = new AbortController();
  state.running = running;
  const request = state.editor.body;
  showRecord();
  document.body.setAttribute('aria-busy', 'true');
  try {
    const explanation = await explain(JSON.stringify(request), state.editor.today, running.signal);
    state.problem.textContent = '';
    if (state.editor.adopt(explanation.today)) showRecord();
    if (request.fhirServer) state.problem.textContent = fetchProblem(explanation);
    showAnswer(request, explanation);
    // Two frames later the cards are on the screen: what a user waits for.
    requestAnimationFrame(() => requestAnimationFrame(() => performance.measure('edit-to-cards', { start: started, end: performance.now() })));
  } catch (error) {
    if (running.signal.aborted) return;
    state.problem.textContent = error.message;
    byId('verdict').textContent = 'Not judged.';
    byId('verdict').className = 'verdict silent';
    for (const place of ['cards', 'trail', 'unread', 'wire']) byId(place).replaceChildren();
    state.problem.scrollIntoView({ block: 'nearest' });
  }
  if (state.running === running) document.body.removeAttribute('aria-busy');
}

/** Takes a record. @param {any} body @param {string} today @param {HTMLElement} problem where faults are told */
function take(body, today, problem) {
  for (const place of ['advice-problem', 'own-problem', 'fetch-problem']) byId(place).textContent = '';
  state.problem = problem;
  state.editor.show(body, today);
  return judge();
}

async function pick(patient) {
  try {
    const request = await get(`web/patients/${encodeURIComponent(patient.id)}`);
    const address = new URL(location.href);
    address.searchParams.set('patient', patient.id);
    history.replaceState(null, '', address);
    await take(request, patient.today, byId('advice-problem'));
  } catch (error) {
    byId('advice-problem').textContent = error.message;
  }
}

function showPatients(patients) {
  const groups = Map.groupBy ? Map.groupBy(patients, (one) => one.group) : patients.reduce((map, one) => map.set(one.group, [...(map.get(one.group) ?? []), one]), new Map());
  const chosen = patients.find((one) => one.id === new URLSearchParams(location.search).get('patient')) ?? patients.find((one) => one.id === 'slim') ?? patients[0];
  const form = byId('patients');
  form.replaceChildren(...[...groups].map(([group, members]) => el('fieldset', {}, el('legend', {}, group),
    ...members.map((one) => {
      const [who, what] = one.name.split(/: (.*)/s);
      return el('label', { class: 'patient' },
        el('input', { type: 'radio', name: 'patient', value: one.id, checked: one === chosen, change: () => pick(one) }),
        el('span', {}, el('strong', {}, who), el('span', { class: 'what' }, what ?? ''), el('span', { class: 'story' }, one.story)));
    }))));
  form.removeAttribute('aria-busy');
  const label = form.querySelector('input:checked')?.closest('label');
  if (label) form.scrollTop = label.offsetTop - form.clientHeight / 3;
  return chosen;
}

/** A record of one's own is no longer one of the list. */
function takeOwn(body, problem) {
  for (const radio of document.querySelectorAll('#patients input')) radio.checked = false;
  const address = new URL(location.href);
  address.searchParams.delete('patient');
  history.replaceState(null, '', address);
  return take(body, '', problem);
}

async function start() {
  const [terms, list, discovery] = await Promise.all([get('web/terms'), get('web/patients'), get('cds-services')]);
  state.analytes = terms.analytes.map((one) => ({ ...one, known: new Set(one.codes) }));
  state.titles = new Map(terms.criteria.map((one) => [one.id, one.title]));
  state.services = discovery.services;
  state.editor = new Editor(state.analytes, judge);
  connect(takeOwn);
  const chosen = showPatients(list.patients);
  if (chosen) await pick(chosen);
}

start().catch((error) => {
  byId('advice-problem').textContent = error.message;
});

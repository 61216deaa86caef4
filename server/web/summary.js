// The record as an EHR would summarise it.

import { el } from './dom.js';
import { analyteOf, dateOf, dosageInWords, isCurrent, ofType, valueInWords } from './record.js';
import { ageInWords, codeOf, conceptInWords, counted, dateInWords, personName, timeOf } from './words.js';

const shown = 40;

/** The line on top: who this is. @param {import('./record.js').Entry[]} entries @param {string} today @param {boolean} fetched by the server */
export function banner(entries, today, fetched) {
  const patient = ofType(entries, 'Patient')[0]?.resource;
  if (!patient && fetched) return [el('p', { class: 'hint' }, 'The server fetches this record itself, and does not hand it on. What counted is quoted in the trail.')];
  if (!patient) return [el('p', { class: 'hint' }, 'No Patient resource has been sent.')];
  const age = ageInWords(patient.birthDate, today);
  return [
    el('p', { class: 'name' }, personName(patient) || 'No name recorded'),
    el('dl', {},
      el('div', {}, el('dt', {}, 'Born'), el('dd', {}, dateInWords(patient.birthDate) || 'not recorded', age && ` (${age})`)),
      el('div', {}, el('dt', {}, 'Sex'), el('dd', {}, patient.gender ?? 'not recorded')),
      el('div', {}, el('dt', {}, 'Id'), el('dd', {}, patient.id ?? 'none'))),
  ];
}

/** A row that the trail can point at. */
function row(reference, onOpen, cells, quiet) {
  return el('tr', { 'data-reference': reference, class: quiet ? 'past' : undefined },
    ...cells.map((cell, place) => (place ? el('td', {}, cell) : el('th', { scope: 'row' }, el('button', { type: 'button', class: 'link', click: () => onOpen(reference) }, cell)))));
}

function table(title, heads, rows) {
  if (!rows.length) return null;
  const cut = rows.slice(0, shown);
  return el('section', {},
    el('h3', {}, title),
    el('div', { class: 'scroll' },
      el('table', {}, el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))), el('tbody', {}, ...cut))),
    rows.length > shown && el('p', { class: 'hint' }, `and ${counted(rows.length - shown, 'more row')} in the request below`));
}

function problems(entries, onOpen) {
  return ofType(entries, 'Condition').map(({ reference, resource }) => row(reference, onOpen, [
    conceptInWords(resource.code) || 'no code',
    [codeOf(resource.clinicalStatus), codeOf(resource.verificationStatus)].filter((word) => word && word !== 'confirmed').join(', ') || 'active',
    dateInWords(resource.onsetDateTime ?? resource.recordedDate),
  ], !isCurrent(resource)));
}

function medicines(entries, onOpen) {
  return ofType(entries, 'MedicationRequest', 'MedicationStatement', 'MedicationAdministration').map(({ reference, resource }) =>
    row(reference, onOpen, [
      conceptInWords(resource.medicationCodeableConcept) || resource.medicationReference?.display || 'not named',
      dosageInWords(resource) || 'dose not stated',
      [resource.status !== 'active' && resource.status, dateInWords(resource.authoredOn ?? resource.effectivePeriod?.start)].filter(Boolean).join(', '),
    ], !isCurrent(resource)));
}

/** The name of a test, without the specimen and the property that LOINC puts behind it. */
function name(resource, analytes) {
  const known = analyteOf(resource.code, analytes)?.title;
  return known || conceptInWords(resource.code).replace(/ \[[^\]]*\].*$/, '') || 'no code';
}

/** "142 pmol/L (preliminary), 60 min" */
function value(resource) {
  const minutes = resource.component?.find((one) => one.valueQuantity?.unit === 'min')?.valueQuantity.value;
  return [valueInWords(resource), resource.status !== 'final' && resource.status && ` (${resource.status})`,
    minutes !== undefined && `, ${minutes} min`].filter(Boolean).join('');
}

/** One row per test: its latest value, and the ones before it. */
function results(entries, analytes, onOpen) {
  const tests = new Map();
  for (const one of ofType(entries, 'Observation')) {
    const test = name(one.resource, analytes);
    tests.set(test, [...(tests.get(test) ?? []), one]);
  }
  const newest = (one) => timeOf(dateOf(one.resource)) || 0;
  return [...tests].map(([test, list]) => {
    const [latest, ...before] = list.sort((a, b) => newest(b) - newest(a));
    const older = before.slice(0, 4).map((one) => el('li', { 'data-reference': one.reference },
      el('button', { type: 'button', class: 'link', click: () => onOpen(one.reference) }, value(one.resource)),
      ` ${dateInWords(dateOf(one.resource)) || 'no date'}`));
    return row(latest.reference, onOpen, [
      test,
      el('span', {}, value(latest.resource), before.length > 0 && el('ul', { class: 'before' }, ...older,
        before.length > older.length && el('li', {}, `and ${before.length - older.length} more`))),
      dateInWords(dateOf(latest.resource)) || 'no date',
    ], latest.resource.status === 'entered-in-error');
  });
}

function others(entries, onOpen) {
  const family = ofType(entries, 'FamilyMemberHistory').map(({ reference, resource }) => row(reference, onOpen, [
    `Family: ${conceptInWords(resource.relationship) || 'relative'}`,
    (resource.condition ?? []).map((one) => conceptInWords(one.code)).join(', '), '']));
  const referrals = ofType(entries, 'ServiceRequest').map(({ reference, resource }) => row(reference, onOpen, [
    conceptInWords(resource.code) || 'Referral', (resource.performer ?? []).map((one) => one.display).filter(Boolean).join(', '), resource.status ?? '']));
  const encounters = ofType(entries, 'Encounter').map(({ reference, resource }) => row(reference, onOpen, [
    'Encounter', resource.class?.display ?? resource.class?.code ?? '', dateInWords(resource.period?.start)]));
  return [...family, ...referrals, ...encounters];
}

/**
 * The tables of a record.
 * @param {import('./record.js').Entry[]} entries @param {any[]} analytes @param {(reference: string) => void} onOpen
 */
export function summary(entries, analytes, onOpen) {
  const parts = [
    table('Problems', ['Problem', 'State', 'Since'], problems(entries, onOpen)),
    table('Medicines', ['Medicine', 'Dose', 'Since'], medicines(entries, onOpen)),
    table('Results', ['Test', 'Value', 'Date'], results(entries, analytes, onOpen)),
    table('Other', ['What', 'Details', 'When'], others(entries, onOpen)),
  ].filter(Boolean);
  return parts.length ? parts : [el('p', { class: 'hint' }, 'Nothing else has been sent.')];
}

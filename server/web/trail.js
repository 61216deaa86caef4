// The trail: every criterion as a tree of what was asked, each leaf with the resources that answered it.

import { el } from './dom.js';
import { counted, dateInWords } from './words.js';

const inWords = { met: 'met', 'not-met': 'not met', unknown: 'unknown' };

function mark(verdict) {
  return el('span', { class: `mark ${verdict}` }, inWords[verdict] ?? verdict);
}

function evidenceItem(evidence, onOpen) {
  return el('li', { class: 'evidence' },
    el('button', { type: 'button', class: 'link', click: () => onOpen(evidence.reference) }, evidence.reference),
    `: ${evidence.value}`, evidence.date && ` (${dateInWords(evidence.date)})`);
}

function node(finding, onOpen) {
  return el('li', { class: finding.verdict }, mark(finding.verdict), ' ', el('span', {}, finding.text),
    (finding.evidence?.length || finding.parts?.length) ? el('ul', {},
      ...(finding.evidence ?? []).map((one) => evidenceItem(one, onOpen)),
      ...(finding.parts ?? []).map((part) => node(part, onOpen))) : null);
}

/**
 * The criteria in the order in which they are looked at; the one that decided is open.
 * @param {any} explanation @param {Map<string, string>} titles @param {(reference: string) => void} onOpen
 * @param {Set<string>} open ids that were open before
 */
export function trail(explanation, titles, onOpen, open) {
  return explanation.criteria.map((criterion, place) => {
    const decides = criterion.id === explanation.decidedBy;
    const details = el('details', { class: decides ? 'criterion decides' : 'criterion', 'data-id': criterion.id, open: decides || open.has(criterion.id) },
      el('summary', {}, el('span', { class: 'place' }, `${place + 1}`), mark(criterion.verdict), ' ',
        el('span', { class: 'criterion-title' }, titles.get(criterion.id) ?? criterion.id),
        decides && el('span', { class: 'decided' }, 'decides')));
    const fill = () => {
      if (details.open && details.children.length === 1) {
        details.append(el('ul', { class: 'tree' }, node(criterion.because, onOpen)),
          el('p', { class: 'hint' }, el('a', { href: `criteria#${criterion.id}` }, 'The criterion with its source')));
      }
    };
    details.addEventListener('toggle', fill);
    fill();
    return details;
  });
}

function rows(title, list, write) {
  return list?.length ? el('section', {}, el('h3', {}, `${title} (${list.length})`), el('ul', {}, ...list.slice(0, 200).map((one) => el('li', {}, ...write(one)))),
    list.length > 200 && el('p', { class: 'hint' }, `and ${counted(list.length - 200, 'more')}`)) : null;
}

/** "Criterion 2: answered with “later” on 15 June 2026; silent until 15 July 2026 or …" */
function silence(one, titles) {
  const ends = [one.until && dateInWords(one.until), one.endsWith].filter(Boolean).join(' or ');
  return `${titles.get(one.criterion) ?? one.criterion} (${one.outcome}): its card was answered with “${one.reason}” on ${dateInWords(one.since)}${ends && `; silent until ${ends}`}`;
}

/**
 * What was silenced, not available, not readable, and where data came from.
 * @param {any} explanation @param {Map<string, string>} titles @param {(reference: string) => void} onOpen
 */
export function remarks(explanation, titles, onOpen) {
  return [
    rows('Silenced after feedback', explanation.silenced, (one) => [silence(one, titles)]),
    rows('Not available', explanation.missing, (one) => [`${one.key}: ${one.cause}`]),
    rows('Could not be used', explanation.unreadable, (one) => [
      el('button', { type: 'button', class: 'link', click: () => onOpen(one.reference) }, one.reference), one.path && ` ${one.path}`, `: ${one.reason}`]),
    rows('What came from where', explanation.received, (one) => [`${one.key}: ${one.from}${one.cause ? `, ${one.cause}` : ''}`]),
  ].filter(Boolean);
}

// What was shown, accepted and overridden, by criterion and month.

import { byId, el, svg } from './dom.js';
import { get, useToken } from './server.js';
import { dateInWords } from './words.js';

/** A count as a number; the least that it can be when a small number is withheld ("<5", ">=5"). @param {unknown} count */
function least(count) {
  if (typeof count === 'number') return count;
  return String(count ?? 0).startsWith('>=') ? Number(String(count).slice(2)) : 0;
}

function inWords(count) {
  return String(count ?? 0).replace('<', 'fewer than ').replace('>=', 'at least ');
}

/** Whether a number is above 0 and withheld. */
function withheld(count) {
  return typeof count === 'string' && count.startsWith('<');
}

/** Bars per month; a number that is withheld is a dashed stub, and with nothing else there is no chart. @param {any[]} months @param {string} title */
function bars(months, title) {
  const width = 56;
  const height = 96;
  const sum = (overridden) => Object.values(overridden ?? {}).reduce((all, one) => all + least(one), 0);
  const most = Math.max(...months.map((one) => Math.max(least(one.shown), least(one.accepted), sum(one.overridden))));
  if (most === 0) return null;
  const bar = (value, stub, place, kind, column) => {
    const tall = value > 0 ? (value / most) * height : stub * 8;
    return svg('rect', { class: value > 0 ? kind : `${kind} withheld`, x: place * width + 6 + column * 14, width: 12, y: height - tall, height: tall });
  };
  return el('div', { class: 'scroll' }, svg('svg', { class: 'bars', width: Math.max(3, months.length) * width, height: height + 20,
    viewBox: `0 0 ${Math.max(3, months.length) * width} ${height + 20}`, role: 'img', 'aria-label': `${title}: cards by month; the table below has the numbers` },
  ...months.flatMap((one, place) => [
    bar(least(one.shown), withheld(one.shown), place, 'shown', 0),
    bar(least(one.accepted), withheld(one.accepted), place, 'accepted', 1),
    bar(sum(one.overridden), Object.values(one.overridden ?? {}).some(withheld), place, 'overridden', 2),
    svg('text', { x: place * width + 6, y: height + 15 }, `${dateInWords(one.month).slice(0, 3)} ${one.month.slice(2, 4)}`),
  ])));
}

function numbersRow(name, row, reasons) {
  const overridden = Object.entries(row.overridden ?? {});
  return el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, inWords(row.shown)), el('td', {}, inWords(row.accepted)),
    el('td', {}, overridden.length ? el('ul', { class: 'before' }, ...overridden.map(([code, count]) => el('li', {}, `${reasons.get(code) ?? code}: ${inWords(count)}`))) : 'none'));
}

function criterion(one, reasons) {
  return el('section', { class: 'panel' },
    el('h2', {}, el('a', { href: `criteria#${encodeURIComponent(one.criterion)}` }, one.title)),
    bars(one.months, one.title),
    el('div', { class: 'scroll' }, el('table', {},
      el('thead', {}, el('tr', {}, ...['Month', 'Shown', 'Accepted', 'Overridden, and why'].map((head) => el('th', { scope: 'col' }, head)))),
      el('tbody', {}, ...one.months.map((month) => numbersRow(dateInWords(month.month), month, reasons))),
      el('tfoot', {}, numbersRow('All', one.total, reasons)))));
}

/** A cell that no spreadsheet takes for a formula. @param {unknown} value */
function cell(value) {
  const text = String(value ?? 0);
  return `"${(/^[=+\-@\t]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

/** One line per criterion, month and kind of answer. @param {any} summary */
export function csv(summary) {
  const lines = [['criterion', 'title', 'month', 'answer', 'count']];
  for (const one of summary.criteria) {
    for (const month of one.months) {
      const add = (answer, count) => lines.push([one.criterion, one.title, month.month, answer, count]);
      add('shown', month.shown);
      add('accepted', month.accepted);
      for (const [code, count] of Object.entries(month.overridden ?? {})) add(`overridden: ${code}`, count);
    }
  }
  return `${lines.map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}

function download(summary) {
  const address = URL.createObjectURL(new Blob([csv(summary)], { type: 'text/csv' }));
  el('a', { href: address, download: `sir-cds-feedback-${summary.to ?? 'empty'}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function show(summary) {
  const reasons = new Map(summary.reasons.map((one) => [one.code, one.display]));
  const months = summary.from === summary.to ? dateInWords(summary.from) : `${dateInWords(summary.from)} to ${dateInWords(summary.to)}`;
  byId('numbers').replaceChildren(...(summary.criteria.length ? [
    el('div', { class: 'heading' },
      el('p', {}, `${months}. `, summary.smallNumber > 1 && el('span', { class: 'hint' }, `Numbers below ${summary.smallNumber} are withheld.`)),
      el('p', { class: 'legend' }, el('span', { class: 'swatch shown' }), ' shown ', el('span', { class: 'swatch accepted' }), ' accepted ', el('span', { class: 'swatch overridden' }), ' overridden ',
        el('button', { type: 'button', click: () => download(summary) }, 'Download as CSV'))),
    ...summary.criteria.map((one) => criterion(one, reasons)),
  ] : [el('p', { class: 'panel' }, 'No card has been given yet. ', el('a', { href: './' }, 'Try one'), ', and answer it.')]));
}

async function start() {
  byId('problem').textContent = '';
  try {
    show(await get('feedback/summary'));
    byId('token-form').hidden = true;
  } catch (error) {
    byId('problem').textContent = error.status === 404 ? 'This server keeps no feedback.' : error.message;
    byId('token-form').hidden = error.status !== 401;
  }
}

byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  useToken(byId('token').value);
  start();
});
start();

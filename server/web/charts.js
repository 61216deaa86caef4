// Small charts of results over time: one per analyte that has two dated values or more.

import { el, svg } from './dom.js';
import { dosesOf, seriesOf } from './record.js';
import { dateInWords, number } from './words.js';

const width = 260;
const height = 96;
const edge = { left: 8, right: 8, top: 16, bottom: 18 };

/** A rounder range around the values, so that a line is not glued to the frame. */
function rangeOf(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = (high - low || Math.abs(high) || 1) * 0.25;
  return [Math.max(0, low - room), high + room];
}

/**
 * One chart.
 * @param {string} title @param {string} unit
 * @param {{time: number, date: string, value: number}[]} points
 */
export function chart(title, unit, points) {
  const first = points[0].time;
  const span = points.at(-1).time - first || 1;
  const [low, high] = rangeOf(points.map((point) => point.value));
  const x = (point) => edge.left + ((point.time - first) / span) * (width - edge.left - edge.right);
  const y = (point) => height - edge.bottom - ((point.value - low) / (high - low)) * (height - edge.top - edge.bottom);
  const words = points.map((point) => `${number(point.value)} on ${dateInWords(point.date)}`).join(', ');
  const last = points.at(-1);
  const label = (point, anchor) => svg('text', { x: x(point), y: Math.max(11, y(point) - 7), 'text-anchor': anchor }, number(point.value));
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${title}, ${unit}: ${words}` },
    svg('line', { class: 'base', x1: edge.left, x2: width - edge.right, y1: height - edge.bottom + 4, y2: height - edge.bottom + 4 }),
    svg('polyline', { points: points.map((point) => `${x(point).toFixed(1)},${y(point).toFixed(1)}`).join(' ') }),
    ...points.map((point) => svg('circle', { cx: x(point), cy: y(point), r: point === last ? 4 : 3 },
      svg('title', {}, `${number(point.value)} ${unit}, ${dateInWords(point.date)}`))),
    label(points[0], 'start'), label(last, 'end'),
    svg('text', { class: 'when', x: edge.left, y: height - 2 }, dateInWords(points[0].date.slice(0, 7))),
    svg('text', { class: 'when', x: width - edge.right, y: height - 2, 'text-anchor': 'end' }, dateInWords(last.date.slice(0, 7))));
  return el('figure', { class: 'chart' }, el('figcaption', {}, el('strong', {}, title), ` ${unit}`), picture);
}

/** The charts of a record. @param {import('./record.js').Entry[]} entries @param {any[]} analytes */
export function charts(entries, analytes) {
  const drawn = [];
  for (const analyte of analytes) {
    const measured = seriesOf(entries, analyte);
    const points = (measured.length || analyte.id !== 'insulin-dose' ? measured : dosesOf(entries, analyte))
      .filter((point) => !Number.isNaN(point.time) && !Number.isNaN(point.value));
    if (new Set(points.map((point) => point.time)).size > 1) drawn.push(chart(analyte.title, analyte.unit, points));
  }
  return drawn;
}

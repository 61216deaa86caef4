// Moving a value: the clinical date, the latest BMI, the latest insulin. Edits go into a copy of the request.

import { byId, el } from './dom.js';
import { entriesOf, seriesOf } from './record.js';
import { dateInWords } from './words.js';

const unitsOffered = ['pmol/L', 'mIU/L', 'uIU/mL', 'nmol/L', 'ng/mL'];

/** Puts an observation where the record keeps its observations. @param {any} body @param {any} observation */
function addObservation(body, observation) {
  const entry = { resource: observation };
  if (body.resourceType === 'Bundle') {
    body.entry = [...(body.entry ?? []), entry];
    return;
  }
  const prefetch = (body.prefetch ??= {});
  const held = prefetch.observations;
  if (held?.resourceType === 'Bundle') held.entry = [...(held.entry ?? []), entry];
  else prefetch.observations = { resourceType: 'Bundle', type: 'searchset', entry: [...(held?.resourceType ? [{ resource: held }] : []), entry] };
}

/** A new result of the plainest code. */
function newObservation(body, analyte, id, date, quantity) {
  const [system, code] = analyte.codes[0].split('|');
  const patient = entriesOf(body).find((entry) => entry.type === 'Patient')?.resource.id ?? body.context?.patientId ?? '';
  return { resourceType: 'Observation', id, status: 'final', code: { coding: [{ system, code }], text: analyte.title },
    subject: { reference: `Patient/${patient}` }, effectiveDateTime: date, valueQuantity: quantity };
}

/** The result that an edit moves: the latest dated one, and of one day the highest. */
function latest(body, analyte) {
  return seriesOf(entriesOf(body), analyte).at(-1)?.resource;
}

function hintOf(observation) {
  if (!observation) return 'not recorded: type to add';
  const when = observation.effectiveDateTime ?? observation.issued;
  return when ? `of ${dateInWords(when)}` : 'undated';
}

export class Editor {
  /**
   * @param {any[]} analytes
   * @param {() => void} changed called after each edit
   */
  constructor(analytes, changed) {
    this.changed = changed;
    this.bmi = analytes.find((one) => one.id === 'bmi');
    this.insulin = analytes.find((one) => one.id === 'insulin');
    this.date = byId('edit-today');
    this.bmiBox = byId('edit-bmi');
    this.slider = byId('edit-bmi-slider');
    this.insulinBox = byId('edit-insulin');
    this.unit = byId('edit-insulin-unit');
    this.reset = byId('edit-reset');
    this.problem = byId('edit-problem');
    this.slider.addEventListener('input', () => this.moveBmi(this.slider.value));
    this.bmiBox.addEventListener('input', () => this.moveBmi(this.bmiBox.value));
    this.insulinBox.addEventListener('input', () => this.moveInsulin());
    this.unit.addEventListener('change', () => this.moveInsulin());
    this.date.addEventListener('input', () => this.touched(this.date.value ? '' : 'The clinical date is not a date.'));
    this.reset.addEventListener('click', () => {
      this.show(this.original, this.originalToday);
      this.changed();
    });
  }

  /** Takes a record to edit. @param {any} body @param {string} today */
  show(body, today) {
    this.original = body;
    this.originalToday = today;
    this.body = structuredClone(body);
    this.date.value = today;
    this.reset.disabled = true;
    this.problem.textContent = '';
    this.fillBoxes();
  }

  get today() {
    return this.date.value || this.originalToday;
  }

  /** The server's own day, when none was chosen. @param {string} today */
  adopt(today) {
    if (this.today) return false;
    this.originalToday = today;
    this.date.value = today;
    return true;
  }

  fillBoxes() {
    const bmi = latest(this.body, this.bmi);
    this.bmiBox.value = bmi?.valueQuantity?.value ?? '';
    this.slider.value = bmi?.valueQuantity?.value ?? 25;
    byId('edit-bmi-hint').textContent = hintOf(bmi);
    const insulin = latest(this.body, this.insulin);
    const unit = insulin?.valueQuantity?.unit ?? insulin?.valueQuantity?.code ?? 'pmol/L';
    this.insulinBox.value = insulin?.valueQuantity?.value ?? '';
    byId('edit-insulin-hint').textContent = hintOf(insulin);
    const units = new Set([unit, ...unitsOffered.filter((one) => one in (this.insulin.units ?? {}))]);
    this.unit.replaceChildren(...[...units].map((one) => el('option', { selected: one === unit }, one)));
  }

  moveBmi(text) {
    if (this.slider.value !== text) this.slider.value = text;
    if (this.bmiBox.value !== text) this.bmiBox.value = text;
    this.move(this.bmi, text, 'kg/m2', 'edited-bmi', 'The body mass index');
  }

  moveInsulin() {
    this.move(this.insulin, this.insulinBox.value, this.unit.value, 'edited-insulin', 'The insulin');
  }

  /** An emptied box leaves the record as it was last. */
  move(analyte, text, unit, id, name) {
    const value = Number(text);
    if (text === '' || !Number.isFinite(value) || value < 0) return this.touched(`${name} is not a number.`);
    const observation = latest(this.body, analyte);
    // Without a code the unit is read by its text, so that the two cannot contradict each other.
    const quantity = { value, unit };
    if (observation) observation.valueQuantity = quantity;
    else addObservation(this.body, newObservation(this.body, analyte, id, this.today, quantity));
    return this.touched('');
  }

  touched(problem) {
    this.problem.textContent = problem;
    this.reset.disabled = false;
    if (!problem) this.changed();
  }
}

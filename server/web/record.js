// The resources of a request, found and read for showing. What the page does not understand it leaves alone: judging is
// the server's part.

import { codeOf, conceptInWords, timeOf } from './words.js';

/** @typedef {{reference: string, type: string, resource: any, holder: string}} Entry */

/** All resources of a request or Bundle, each with its reference. @param {any} body @returns {Entry[]} */
export function entriesOf(body) {
  const entries = [];
  const add = (resource, holder) => {
    if (!resource || typeof resource !== 'object' || typeof resource.resourceType !== 'string') return;
    if (resource.resourceType === 'Bundle') {
      for (const entry of Array.isArray(resource.entry) ? resource.entry : []) add(entry?.resource, holder);
      return;
    }
    entries.push({ reference: `${resource.resourceType}/${resource.id ?? ''}`, type: resource.resourceType, resource, holder });
  };
  if (body?.resourceType) add(body, 'body');
  for (const [key, value] of Object.entries(body?.prefetch ?? {})) add(value, key);
  return entries;
}

/** @param {Entry[]} entries @param {...string} types */
export function ofType(entries, ...types) {
  return entries.filter((entry) => types.includes(entry.type));
}

/** When an observation was made. */
export function dateOf(observation) {
  return observation.effectiveDateTime ?? observation.effectiveInstant ?? observation.effectivePeriod?.end ?? observation.issued ?? '';
}

/** Which analyte of the knowledge a concept speaks of. */
export function analyteOf(concept, analytes) {
  const codes = (concept?.coding ?? []).map((coding) => `${coding?.system}|${coding?.code}`);
  return analytes.find((analyte) => codes.some((code) => analyte.known.has(code)));
}

/** A quantity in the analyte's own unit; NaN when its unit is not known here. */
export function amountOf(quantity, analyte) {
  const value = Number(quantity?.value);
  const [factor, offset] = analyte.units?.[quantity?.code ?? quantity?.unit] ?? analyte.units?.[quantity?.unit] ?? [NaN, NaN];
  return value * factor + offset;
}

const countless = ['registered', 'cancelled', 'entered-in-error'];

/** The values of one analyte over time, oldest first. @param {Entry[]} entries @param {any} analyte */
export function seriesOf(entries, analyte) {
  return ofType(entries, 'Observation')
    .filter(({ resource }) => analyteOf(resource.code, [analyte]) && resource.valueQuantity && !countless.includes(resource.status))
    .map(({ reference, resource }) => ({
      reference,
      resource,
      date: dateOf(resource),
      time: timeOf(dateOf(resource)),
      value: amountOf(resource.valueQuantity, analyte),
    }))
    .sort((a, b) => (Number.isNaN(a.time) ? -Infinity : a.time) - (Number.isNaN(b.time) ? -Infinity : b.time) || a.value - b.value);
}

/** Units a day of one order of insulin; NaN when the order does not say. */
export function dailyDose(medicine) {
  const dosage = medicine.dosageInstruction?.[0] ?? medicine.dosage?.[0];
  const dose = dosage?.doseAndRate?.[0]?.doseQuantity ?? dosage?.doseQuantity;
  const repeat = dosage?.timing?.repeat;
  const days = { h: 1 / 24, d: 1, wk: 7 }[repeat?.periodUnit];
  if (dosage?.asNeededBoolean || !dose || !days || !repeat?.period) return NaN;
  return (Number(dose.value) * (repeat.frequency ?? 1)) / (repeat.period * days);
}

/** Orders of insulin over time. @param {Entry[]} entries @param {any} analyte that of the dose */
export function dosesOf(entries, analyte) {
  return ofType(entries, 'MedicationRequest', 'MedicationStatement')
    .filter(({ resource }) => analyteOf(resource.medicationCodeableConcept, [analyte]))
    .map(({ reference, resource }) => {
      const date = resource.authoredOn ?? resource.effectivePeriod?.start ?? resource.effectiveDateTime ?? '';
      return { reference, resource, date, time: timeOf(date), value: dailyDose(resource) };
    })
    .filter((point) => !Number.isNaN(point.value) && !Number.isNaN(point.time))
    .sort((a, b) => a.time - b.time);
}

/** What an observation says, as written. @param {any} resource */
export function valueInWords(resource) {
  const quantity = resource.valueQuantity;
  if (quantity) return [quantity.comparator, quantity.value, quantity.unit ?? quantity.code].filter((part) => part !== undefined).join(' ');
  if (resource.valueCodeableConcept) return conceptInWords(resource.valueCodeableConcept);
  if (typeof resource.valueBoolean === 'boolean') return resource.valueBoolean ? 'yes' : 'no';
  if (resource.valueString !== undefined) return String(resource.valueString);
  return resource.dataAbsentReason ? `no value (${conceptInWords(resource.dataAbsentReason)})` : 'no value';
}

/** How a medicine is taken, as far as it is said. @param {any} medicine */
export function dosageInWords(medicine) {
  const dosage = medicine.dosageInstruction?.[0] ?? (Array.isArray(medicine.dosage) ? medicine.dosage[0] : medicine.dosage);
  if (!dosage) return '';
  if (dosage.text) return dosage.text;
  const dose = dosage.doseAndRate?.[0]?.doseQuantity ?? dosage.doseQuantity ?? dosage.dose;
  const repeat = dosage.timing?.repeat;
  const often = { d: 'day', h: 'hour', wk: 'week' }[repeat?.periodUnit];
  const rhythm = often && repeat.period === 1 ? `${repeat.frequency === 1 ? 'once' : `${repeat.frequency ?? 1} times`} a ${often}`
    : often && `every ${repeat.period} ${often}s`;
  return [dose && `${dose.value} ${dose.unit ?? ''}`.trim(), rhythm, dosage.asNeededBoolean && 'as needed', conceptInWords(dosage.route)]
    .filter(Boolean).join(', ');
}

/** Whether a problem or a medicine still counts. @param {any} resource */
export function isCurrent(resource) {
  const clinical = codeOf(resource.clinicalStatus ?? resource.status);
  return !['resolved', 'inactive', 'remission', 'completed', 'stopped', 'cancelled', 'entered-in-error'].includes(clinical);
}

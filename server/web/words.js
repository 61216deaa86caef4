// Dates, numbers and codes as people read them.

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
  'November', 'December'];

/** "14 May 2026", "May 2026" or "2026" of a FHIR date; the text itself when it is none. @param {unknown} date */
export function dateInWords(date) {
  if (typeof date !== 'string') return '';
  const [, year, month, day] = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?/.exec(date) ?? [];
  if (!year) return date;
  return [day && String(Number(day)), month && months[Number(month) - 1], year].filter(Boolean).join(' ');
}

/** Milliseconds of a FHIR date, of its first day when it is partial; NaN when it is none. @param {unknown} date */
export function timeOf(date) {
  const [, year, month = '01', day = '01'] = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?/.exec(String(date ?? '')) ?? [];
  return year ? Date.parse(`${year}-${month}-${day}T00:00:00Z`) : NaN;
}

/** At most three digits behind the point. @param {number} value */
export function number(value) {
  return new Intl.NumberFormat('en-GB', { maximumFractionDigits: value < 10 ? 2 : 1 }).format(value);
}

/** Age on a day: "34 years", "8 months". @param {string} birth @param {string} today */
export function ageInWords(birth, today) {
  const born = new Date(timeOf(birth));
  const now = new Date(timeOf(today));
  if (Number.isNaN(born.getTime()) || Number.isNaN(now.getTime())) return '';
  let count = (now.getUTCFullYear() - born.getUTCFullYear()) * 12 + now.getUTCMonth() - born.getUTCMonth();
  if (now.getUTCDate() < born.getUTCDate()) count -= 1;
  if (count < 0) return '';
  return count >= 24 ? `${Math.floor(count / 12)} years` : `${count} months`;
}

/** The words of a CodeableConcept or of a plain code. @param {any} concept */
export function conceptInWords(concept) {
  if (typeof concept === 'string') return concept;
  const coding = concept?.coding?.find((one) => one?.display) ?? concept?.coding?.[0];
  return concept?.text ?? coding?.display ?? coding?.code ?? '';
}

/** The first code of a status that may be a code or a CodeableConcept. @param {any} status */
export function codeOf(status) {
  return typeof status === 'string' ? status : status?.coding?.[0]?.code ?? '';
}

/** The name of a person. @param {any} patient */
export function personName(patient) {
  const name = patient?.name?.[0];
  return name?.text ?? [...(name?.given ?? []), name?.family].filter(Boolean).join(' ');
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

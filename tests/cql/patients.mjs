// Invented patients, dense around every threshold. Each begins as somebody whom criterion 3 would refer, and then up to three
// things are changed: so most cases differ from a referral by little. The same seed gives the same patients.

export const today = '2026-06-15';

const snomed = 'http://snomed.info/sct';
const loinc = 'http://loinc.org';
const ucum = 'http://unitsofmeasure.org';
const atc = 'http://www.whocc.no/atc';

const codes = {
  fasting: [[loinc, '59179-2'], [loinc, '27873-9']],
  baseline: [[loinc, '14293-5'], [loinc, '56482-3'], [loinc, '1570-1']],
  unspecified: [[loinc, '14796-7'], [loinc, '20448-7'], [loinc, '3695-4'], [snomed, '16890009']],
  post: { 60: [loinc, '27379-7'], 120: [loinc, '27826-7'], 180: [loinc, '27828-3'] },
  cPeptide: [[loinc, '14633-2'], [snomed, '88705004']],
  bmi: [[loinc, '39156-5'], [snomed, '60621009']],
  weight: [[loinc, '29463-7'], [snomed, '27113001']],
  height: [[loinc, '8302-2'], [snomed, '50373000']],
  egfr: [[loinc, '62238-1'], [loinc, '98979-8']],
  criterion1: [[snomed, '111307005'], [snomed, '33559001'], ['http://www.orpha.net', '508'], ['http://www.orpha.net', '769']],
  lipodystrophy: [
    [snomed, '284449005'], [snomed, '86907008'], [snomed, '49292002'], [snomed, '715439000'], [snomed, '75659004'],
    [snomed, '1003431005'], ['http://www.orpha.net', '2348'], ['http://www.omim.org', '151660'],
  ],
  // Not typed, or another disease of nearly the same name: never criterion 2.
  notLipodystrophy: [[snomed, '71325002'], [snomed, '238901000'], [snomed, '248315005']],
  acanthosis: [[snomed, '402599005']],
  diabetes: [[snomed, '44054006'], [snomed, '73211009']],
  pregnancy: [[snomed, '77386006'], [snomed, '72892002']],
  explaining: [
    [snomed, '47270006'], [snomed, '190502001'], [snomed, '74107003'], [snomed, '46177005'], [snomed, '236435004'],
  ],
  acuteIllness: [[snomed, '91302008']],
};

/** A small generator of numbers in [0, 1) that is the same everywhere (mulberry32). */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const iso = (date) => date.toISOString().slice(0, 10);
const dayOf = (text) => new Date(`${text}T00:00:00Z`);

/** A day as text, moved by days and months. */
export function moved(text, { days = 0, months = 0 }) {
  const date = dayOf(text);
  date.setUTCMonth(date.getUTCMonth() + months);
  date.setUTCDate(date.getUTCDate() + days);
  return iso(date);
}

/** One patient: what was changed, and the resources. */
class Patient {
  constructor(number, random) {
    this.id = `p${number}`;
    this.random = random;
    this.changes = [];
    this.resources = [];
    this.count = 0;
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }
  chance(p) {
    return this.random() < p;
  }
  between(low, high) {
    return low + Math.floor(this.random() * (high - low + 1));
  }
  add(resourceType, content) {
    const resource = { resourceType, id: `${this.id}-${(this.count += 1)}`, ...content };
    this.resources.push(resource);
    return resource;
  }
  concept(list) {
    const [system, code] = this.pick(list);
    return { coding: [{ system, code }] };
  }
  get subject() {
    return { subject: { reference: `Patient/${this.id}` } };
  }

  observation(list, quantity, when, more = {}) {
    return this.add('Observation', {
      status: this.pick(['final', 'final', 'final', 'amended', 'corrected']),
      code: this.concept(list),
      ...this.subject,
      ...when,
      valueQuantity: quantity,
      ...more,
    });
  }

  condition(list, { clinical, verification, onset, abatement, recorded } = {}) {
    const status = (name, code) => ({
      coding: [{ system: `http://terminology.hl7.org/CodeSystem/condition-${name}`, code }],
    });
    return this.add('Condition', {
      ...(clinical && { clinicalStatus: status('clinical', clinical) }),
      ...(verification && { verificationStatus: status('ver-status', verification) }),
      code: this.concept(list),
      ...this.subject,
      ...(onset && { onsetDateTime: onset }),
      ...(abatement && { abatementDateTime: abatement }),
      ...(recorded && { recordedDate: recorded }),
    });
  }

  medication(code, period, route) {
    return this.add('MedicationStatement', {
      status: period.end && period.end < today ? 'completed' : 'active',
      medicationCodeableConcept: { coding: [{ system: atc, code }] },
      ...this.subject,
      effectivePeriod: period,
      ...(route && { dosage: [{ route: { coding: [{ system: snomed, code: route }] } }] }),
    });
  }
}

const quantity = (value, unit, code = unit) => ({ value, unit, system: ucum, code });

// ------------------------------------------------------------------------------------------------------------ insulin, by threshold

const fastingValues = {
  'pmol/L': [149, 149.9, 150, 150.000001, 150.1, 151, 300, 1412.5],
  'nmol/L': [0.1499, 0.15, 0.1501, 0.2],
  'mIU/L': [21.5, 21.6, 22, 24.9, 25, 25.1, 68.7],
  'ng/mL': [0.87, 0.872, 1.5],
};
const peakValues = {
  'pmol/L': [1499, 1499.9, 1500, 1500.1, 1501, 12840],
  'nmol/L': [1.499, 1.5, 1.501],
  'mIU/L': [216, 217, 249.9, 250, 250.1],
  'ng/mL': [8.7, 8.72],
};
const ucumCode = { 'pmol/L': 'pmol/L', 'nmol/L': 'nmol/L', 'mIU/L': 'm[IU]/L', 'ng/mL': 'ng/mL' };

function insulinQuantity(p, values) {
  const unit = p.pick(['pmol/L', 'pmol/L', 'pmol/L', ...Object.keys(values)]);
  const value = p.pick(values[unit]);
  if (p.chance(0.15)) return { value, unit };
  return quantity(value, unit, unit === 'mIU/L' ? p.pick(['m[IU]/L', 'u[IU]/mL', 'mU/L']) : ucumCode[unit]);
}

function effective(p, day) {
  const hour = p.pick(['08:00:00Z', '09:30:00+01:00', '23:45:00+01:00', '00:10:00Z']);
  return p.pick([
    { effectiveDateTime: day },
    { effectiveDateTime: `${day}T${hour}` },
    { effectivePeriod: { start: moved(day, { days: -1 }), end: day } },
    { effectiveInstant: `${day}T${hour}` },
    { issued: `${day}T${hour}` },
  ]);
}

function fastingInsulin(p, day, value = insulinQuantity(p, fastingValues)) {
  return p.observation(codes.fasting, value, effective(p, day));
}

function specimenInsulin(p, day, value) {
  const [fasted, collection] = p.pick([
    ['fasting', { fastingStatusDuration: quantity(8, 'h') }],
    ['7.9 h', { fastingStatusDuration: quantity(7.9, 'h') }],
    ['480 min', { fastingStatusDuration: quantity(480, 'min') }],
    ['479 min', { fastingStatusDuration: quantity(479, 'min') }],
    ['F', { fastingStatusCodeableConcept: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0916', code: 'F' }] } }],
    ['NF', { fastingStatusCodeableConcept: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0916', code: 'NF' }] } }],
    ['nothing', {}],
  ]);
  p.changes.push(`specimen says ${fasted}`);
  const specimen = p.add('Specimen', { ...p.subject, collection });
  const reference = { specimen: { reference: `Specimen/${specimen.id}` } };
  return p.observation(codes.unspecified, value ?? insulinQuantity(p, fastingValues), effective(p, day), reference);
}

function toleranceTest(p, day) {
  const at = (minutes) => ({ effectiveDateTime: `${day}T${String(8 + Math.floor(minutes / 60)).padStart(2, '0')}:00:00Z` });
  if (p.chance(0.7)) {
    const zero = p.chance(0.5) ? quantity(p.pick([60, 120]), 'pmol/L') : insulinQuantity(p, fastingValues);
    p.observation(codes.baseline, zero, at(0));
  }
  const peak = p.pick([60, 120, 180]);
  for (const minutes of [60, 120, 180]) {
    if (minutes === peak) p.observation([codes.post[minutes]], insulinQuantity(p, peakValues), at(minutes));
    else if (p.chance(0.6)) p.observation([codes.post[minutes]], quantity(p.pick([400, 900, 1400]), 'pmol/L'), at(minutes));
  }
}

// -------------------------------------------------------------------------------------------------------------------- body mass

const adultBmi = [18.4, 22.8, 29.9, 29.96, 29.999999, 29.9999999, 30, 30.000001, 30.1, 38, 7.4, 7.5, 105, 105.1, 2150];

function bodyMass(p, day, value) {
  p.observation(codes.bmi, quantity(value, 'kg/m2'), { effectiveDateTime: day });
}

function weightAndHeight(p, day, heightDay = day) {
  const [kg, m] = p.pick([[76.8, 1.6], [76.79, 1.6], [76.81, 1.6], [60, 1.7], [95, 1.7], [19, 1.2], [80, 2.6], [120, 2.0], [119.9, 2.0]]);
  const weight = p.chance(0.8) ? quantity(kg, 'kg') : quantity(Number((kg / 0.45359237).toFixed(6)), 'lbs', '[lb_av]');
  const height = p.pick([quantity(m, 'm'), quantity(Number((m * 100).toFixed(3)), 'cm')]);
  p.observation(codes.weight, weight, { effectiveDateTime: day });
  p.observation(codes.height, height, { effectiveDateTime: heightDay });
}

// ----------------------------------------------------------------------------------------- what may be changed, by who is changed

const edges = (days) => [-days - 1, -days, -days + 1];

/** Changes to the insulin: instead of a plain raised fasting value. */
const insulinChanges = {
  'value near the threshold': (p, day) => fastingInsulin(p, day),
  'fasting by specimen': (p, day) => specimenInsulin(p, day),
  'tolerance test': (p, day) => toleranceTest(p, day),
  'tolerance test again': (p, day) => toleranceTest(p, day),
  'baseline without a challenge': (p, day) => p.observation(codes.baseline, quantity(300, 'pmol/L'), effective(p, day)),
  'nothing about fasting': (p, day) => p.observation(codes.unspecified, quantity(p.pick([300, 2400]), 'pmol/L'), effective(p, day)),
  'no insulin at all': () => {},
  comparator: (p, day) => {
    const comparator = p.pick(['>', '>=', '<', '<=']);
    const value = p.pick([100, 149.9, 150, 150.1, 1000]);
    fastingInsulin(p, day, { ...quantity(value, 'pmol/L'), comparator });
  },
  'status of the result': (p, day) => {
    fastingInsulin(p, day, quantity(300, 'pmol/L')).status =
      p.pick(['unknown', 'preliminary', 'registered', 'cancelled', 'entered-in-error']);
  },
  'code and text of the unit differ': (p, day) => fastingInsulin(p, day, quantity(300, 'mIU/L', 'pmol/L')),
  'no unit': (p, day) => fastingInsulin(p, day, { value: 300 }),
  'not a unit of insulin': (p, day) => fastingInsulin(p, day, quantity(300, 'mg/dL')),
  implausible: (p, day) => fastingInsulin(p, day, quantity(p.pick([-5, 1000000, 1000001]), 'pmol/L')),
  '24 months': (p) => {
    const day = moved(today, { months: -24, days: p.pick([-2, -1, 0, 1, 2]) });
    fastingInsulin(p, day, quantity(p.pick([149, 300]), 'pmol/L'));
  },
  'partial date': (p) => {
    const date = p.pick(['2024-05', '2024-06', '2024-07', '2024', '2025', '2026-05']);
    p.observation(codes.fasting, quantity(300, 'pmol/L'), { effectiveDateTime: date });
  },
  'in the future': (p) => {
    p.observation(codes.fasting, quantity(300, 'pmol/L'), { effectiveDateTime: moved(today, { days: p.pick([0, 1, 2, 30]) }) });
  },
  undated: (p) => p.observation(codes.fasting, quantity(300, 'pmol/L'), {}),
  'two results': (p, day) => {
    fastingInsulin(p, day, quantity(p.pick([300, 151]), 'pmol/L'));
    const later = moved(day, { days: p.pick([-300, -30, 30, 60]) });
    if (later > today) return;
    fastingInsulin(p, later, p.pick([
      quantity(60, 'pmol/L'), quantity(150, 'pmol/L'), quantity(22, 'mIU/L', 'm[IU]/L'), quantity(21, 'mIU/L', 'm[IU]/L'),
      { ...quantity(100, 'pmol/L'), comparator: '<' }, { ...quantity(200, 'pmol/L'), comparator: '<' }, quantity(400, 'pmol/L'),
    ]));
    if (p.chance(0.4)) p.condition(codes.diabetes, p.pick([{}, { clinical: 'active' }, { clinical: 'remission' }, { clinical: 'resolved' }]));
  },
  'tolerance test, then fasting': (p) => {
    toleranceTest(p, moved(today, { days: -200 }));
    fastingInsulin(p, moved(today, { days: p.pick([-300, -100]) }), quantity(p.pick([60, 200]), 'pmol/L'));
  },
  'C-peptide of the sample': (p, day) => {
    // Exactly as much C-peptide as insulin is not less.
    const when = p.pick([{ effectiveDateTime: day }, { effectiveDateTime: `${day}T08:00:00Z` }]);
    p.observation(codes.fasting, quantity(400, 'pmol/L'), when);
    const value = p.pick([72, 399, 400, 401, 420, 2600]);
    p.observation(codes.cPeptide, p.chance(0.8) ? quantity(value, 'pmol/L') : quantity(value / 1000, 'nmol/L'),
      p.chance(0.8) ? when : { effectiveDateTime: moved(day, { days: -3 }) });
  },
  'two raised results, one of them explained': (p) => {
    const days = [moved(today, { days: -500 }), moved(today, { days: -40 })];
    for (const day of days) fastingInsulin(p, day, quantity(300, 'pmol/L'));
    const day = p.pick(days);
    p.changes.push(day === days[0] ? 'the older one' : 'the newer one');
    const [start, end] = [moved(day, { days: -60 }), moved(day, { days: 2 })];
    p.pick([
      () => p.medication('H02AB06', { start, end: end > today ? today : end }),
      () => p.condition(codes.pregnancy, { clinical: 'resolved', onset: moved(start, { days: -200 }), abatement: start }),
      () => p.condition(codes.explaining, { clinical: 'resolved', onset: start, abatement: end }),
      () => p.medication('A10AE04', { start, end }),
    ])();
  },
  'a later normal result that does not count': (p) => {
    fastingInsulin(p, moved(today, { days: -400 }), quantity(300, 'pmol/L'));
    const later = moved(today, { days: -100 });
    const normal = fastingInsulin(p, later, quantity(60, 'pmol/L'));
    p.pick([
      () => (normal.status = p.pick(['preliminary', 'entered-in-error', 'unknown'])),
      () => p.medication('A10AE04', { start: moved(later, { days: -20 }) }),
      () => p.condition(codes.acuteIllness, { clinical: 'active', onset: moved(later, { days: -3 }) }),
      () => {
        const hem = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0493', code: 'HEM' }] };
        normal.specimen = { reference: `Specimen/${p.add('Specimen', { ...p.subject, condition: [hem] }).id}` };
      },
      () => (normal.code = p.concept(codes.unspecified)),
    ])();
  },
  haemolysed: (p, day) => {
    const hem = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0493', code: p.pick(['HEM', 'HEM', 'CLOT']) }] };
    const specimen = p.add('Specimen', { ...p.subject, condition: [hem] });
    fastingInsulin(p, day, quantity(300, 'pmol/L')).specimen = { reference: `Specimen/${specimen.id}` };
  },
};

/** Changes to the body mass: instead of a recent lean one. */
const bodyMassChanges = {
  'BMI near the limit': (p, day) => bodyMass(p, day, p.pick(adultBmi)),
  'BMI near the limit again': (p, day) => bodyMass(p, day, p.pick(adultBmi)),
  'weight and height': (p, day) => weightAndHeight(p, day),
  'height of another year': (p, day) => weightAndHeight(p, day, moved(day, { months: -p.pick([2, 30, 100]) })),
  'BMI, weight and height': (p, day) => {
    p.observation(codes.weight, quantity(p.pick([72.25, 88]), 'kg'), { effectiveDateTime: day });
    p.observation(codes.height, quantity(170, 'cm'), { effectiveDateTime: day });
    bodyMass(p, day, p.pick([23, 26, 29.5, 31, 34, 45]));
  },
  '36 months': (p) => bodyMass(p, moved(today, { months: -36, days: p.pick([-2, -1, 0, 1, 2]) }), p.pick([24, 31])),
  'no BMI': () => {},
  'BMI does not count': (p, day) => {
    bodyMass(p, day, 24);
    p.resources.at(-1).status = p.pick(['preliminary', 'entered-in-error', 'cancelled', 'unknown']);
  },
  'two BMIs': (p, day) => {
    bodyMass(p, moved(day, { days: -p.pick([5, 250, 500]) }), p.pick([24, 33]));
    bodyMass(p, moved(day, { days: p.pick([-100, -3]) }), p.pick([24, 33]));
  },
};

/** Changes beside insulin and body mass. `day` is the day of the sample. */
const otherChanges = {
  pregnancy: (p, day) => {
    const ends = moved(day, { days: p.pick([60, 0, -1, -90, -91, -92, -200]) });
    const onset = moved(ends, { days: -280 });
    p.condition(codes.pregnancy, ends > today ? { clinical: 'active', onset } : { clinical: 'resolved', onset, abatement: ends });
  },
  'explaining diagnosis': (p, day) => {
    p.condition(codes.explaining, {
      clinical: p.pick([undefined, 'active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved']),
      verification: p.pick([undefined, 'confirmed', 'confirmed', 'refuted', 'entered-in-error']),
      onset: p.pick([undefined, moved(day, { days: -900 }), moved(day, { days: -1 })]),
    });
  },
  'explaining diagnosis that has ended': (p, day) => {
    p.condition(codes.explaining, {
      clinical: 'resolved', onset: moved(day, { days: -900 }), abatement: moved(day, { days: p.pick([-400, -2, -1, 0, 1]) }),
    });
  },
  glucocorticoid: (p, day) => {
    const ended = p.pick([undefined, ...edges(30), -100, 0]);
    const end = ended === undefined ? undefined : moved(day, { days: ended });
    const start = moved(end ?? day, { days: -p.pick([20, 200]) });
    p.medication(p.pick(['H02AB06', 'H02AB02']), end ? { start, end } : { start }, p.pick([undefined, '26643006', '447694001']));
  },
  'glucocorticoid after the sample': (p, day) => {
    p.medication('H02AB06', { start: moved(day, { days: p.pick([1, 10]) }) });
  },
  'PI3K inhibitor': (p, day) => {
    p.medication('L01EM03', { start: moved(day, { days: p.pick([-60, 5]) }) });
  },
  insulin: (p, day) => {
    const ended = p.pick([undefined, ...edges(7), -60]);
    const end = ended === undefined ? undefined : moved(day, { days: ended });
    const start = moved(end ?? day, { days: p.pick([-200, -30]) });
    p.medication('A10AE04', end ? { start, end } : { start });
  },
  'insulin begun after the sample': (p, day) => {
    p.add('MedicationRequest', {
      status: 'active', intent: 'order', ...p.subject,
      medicationCodeableConcept: { coding: [{ system: atc, code: 'A10AB05' }] },
      authoredOn: moved(day, { days: p.pick([-30, 0, 1, 10]) }),
    });
  },
  admission: (p, day) => {
    const from = moved(day, { days: p.pick([-3, 0, 1, -20]) });
    p.add('Encounter', {
      status: p.pick(['finished', 'finished', 'cancelled']), ...p.subject,
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: p.pick(['IMP', 'ACUTE', 'EMER', 'AMB']) },
      period: { start: from, end: moved(from, { days: p.pick([3, 5]) }) },
    });
  },
  'admitted today': (p) => {
    p.add('Encounter', {
      status: 'in-progress', ...p.subject,
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: p.pick(['IMP', 'AMB']) },
      period: { start: today },
    });
  },
  'acute illness': (p, day) => {
    p.condition(codes.acuteIllness, { clinical: p.pick(['active', 'resolved']), onset: moved(day, { days: p.pick([1, 0, ...edges(14), -60]) }) });
  },
  eGFR: (p, day) => {
    p.observation(codes.egfr, quantity(p.pick([14.9, 15, 15.1, 60]), 'mL/min/{1.73_m2}'), { effectiveDateTime: day });
  },
  lipodystrophy: (p) => {
    p.condition(codes.lipodystrophy, {
      clinical: p.pick([undefined, 'active', 'inactive', 'resolved', 'remission']),
      verification: p.pick([undefined, 'confirmed', 'confirmed', 'provisional', 'differential', 'unconfirmed', 'refuted', 'entered-in-error']),
    });
  },
  'lipodystrophy twice': (p) => {
    const first = p.condition(codes.lipodystrophy, { verification: 'confirmed', recorded: p.pick(['2019-03-01', '2021-03-01']) });
    const second = p.condition(codes.lipodystrophy, { verification: 'refuted', recorded: p.pick(['2019-03-01', '2020-03-01']) });
    second.code = first.code;
  },
  'not a typed lipodystrophy': (p) => p.condition(codes.notLipodystrophy, { clinical: 'active', verification: 'confirmed' }),
  'Donohue or Rabson-Mendenhall': (p) => {
    p.condition(codes.criterion1, {
      clinical: p.pick([undefined, 'active', 'inactive']),
      verification: p.pick([undefined, 'confirmed', 'provisional', 'differential', 'unconfirmed', 'refuted', 'entered-in-error']),
    });
  },
  'acanthosis nigricans': (p) => p.condition(codes.acanthosis, { clinical: 'active' }),
  diabetes: (p) => p.condition(codes.diabetes, { clinical: 'active', verification: 'confirmed' }),
};

// ---------------------------------------------------------------------------------------------------------------------- patients

/** The BMI at which a child's z-score is as asked, by the published reference. */
function bmiAtZ(reference, sex, age, z) {
  const rows = reference.filter((row) => row.sex === sex);
  const above = rows.findIndex((row) => row.age > age);
  const [a, b] = [rows[above - 1], rows[above]];
  const part = (age - a.age) / (b.age - a.age);
  const mix = (name) => a[name] + (b[name] - a[name]) * part;
  return mix('m') * (1 + mix('l') * mix('s') * z) ** (1 / mix('l'));
}

function childBodyMass(p, birth, sex, reference) {
  const day = p.pick([moved(today, { days: -10 }), moved(today, { months: -7 }), moved(today, { months: -12, days: p.pick([-2, -1, 0, 1]) })]);
  const age = Math.round((dayOf(day) - dayOf(birth)) / 86400000);
  const z = p.pick([0, 2.5, 2.95, 2.99, 3, 3.01, 3.05, 4]);
  p.changes.push(`child, z-score ${z}`);
  // As many digits as it takes to be exactly 3 when rounded to six decimals.
  bodyMass(p, day, Number(bmiAtZ(reference, sex, age, z).toFixed(10)));
}

function aroundEighteen(p) {
  return moved(today, { months: -18 * 12, days: p.pick([-700, -400, -300, -30, -11, -10, -9, -1, 0, 1, 30]) });
}

function onePatient(number, random, reference) {
  const p = new Patient(number, random);
  const sex = p.pick(['female', 'male']);
  const sample = moved(today, { days: p.pick([-1, -20, -40, -90, -200, -400]) });
  const weighed = moved(today, { days: -p.pick([10, 100, 300]) });
  const change = (table, name, ...rest) => {
    p.changes.push(name);
    table[name](p, ...rest);
  };
  // Mostly one thing is changed, so that nothing else hides what it does.
  const areas = p.pick([['insulin'], ['insulin'], ['body'], ['body'], ['other'], ['other'], ['other'], ['insulin', 'body'],
    ['insulin', 'other'], ['body', 'other'], ['other', 'other'], ['insulin', 'body', 'other'], []]);
  const group = areas.includes('body') ? p.pick(['adult', 'adult', 'around 18', 'child']) : 'adult';

  const birth =
    group === 'adult' ? moved(today, { days: -p.between(25 * 365, 80 * 365) })
    : group === 'child' ? moved(today, { days: -p.between(7 * 365, 17 * 365) })
    : aroundEighteen(p);
  p.resources.push({ resourceType: 'Patient', id: p.id, gender: sex, birthDate: birth });

  if (areas.includes('insulin')) change(insulinChanges, p.pick(Object.keys(insulinChanges)), sample);
  else fastingInsulin(p, sample, quantity(p.pick([151, 300, 1412.5]), 'pmol/L'));

  if (group === 'child') childBodyMass(p, birth, sex, reference);
  else if (group === 'around 18') {
    p.changes.push('around 18');
    bodyMass(p, moved(today, { days: -p.pick([1, 10, 370]) }), p.pick([22, 29.9, 30.1, 31, 33, 35, 38]));
  } else if (areas.includes('body')) change(bodyMassChanges, p.pick(Object.keys(bodyMassChanges)), weighed);
  else bodyMass(p, moved(today, { days: -p.pick([1, 30, 200, 600]) }), p.pick([18.4, 22.8, 29.96]));

  for (let left = areas.filter((area) => area === 'other').length; left > 0; left -= 1) {
    const name = p.pick(Object.keys(otherChanges));
    if (!p.changes.includes(name)) change(otherChanges, name, sample);
  }
  return {
    id: p.id,
    changes: p.changes,
    bundle: { resourceType: 'Bundle', type: 'collection', entry: p.resources.map((resource) => ({ resource })) },
  };
}

/** `count` patients from a seed. `reference` holds the rows of the growth reference, with sex, age in days, l, m and s. */
export function patients(count, seed, reference) {
  const random = numbers(seed);
  return Array.from({ length: count }, (_, number) => onePatient(number, random, reference));
}

// The CQL engine: criteria.cql over FHIR Bundles, with the value sets and the growth reference of the knowledge folder.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import cql from 'cql-execution';
import cqlfhir from 'cql-exec-fhir';
import { translate } from './translate.mjs';

/** Value sets as cql-execution wants them: address, version, codes. */
export function valueSets(knowledge) {
  const folder = join(knowledge, 'valuesets');
  const sets = {};
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    const set = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const codes = set.compose.include.flatMap(({ system, concept = [] }) => concept.map(({ code }) => ({ system, code })));
    sets[set.url] = { [set.version]: codes };
  }
  return sets;
}

/** WHO 2007 body mass index for age, from the knowledge folder: one row per sex and month. */
export function growthReference(knowledge) {
  const [, ...lines] = readFileSync(join(knowledge, 'growth', 'who.csv'), 'utf8').trim().split('\n');
  return lines
    .map((line) => line.trim().split(','))
    .filter(([reference]) => reference === 'who2007')
    .map(([, sex, age, l, m, s]) => ({ sex, age: Number(age), l: Number(l), m: Number(m), s: Number(s) }));
}

const criteria = { 1: 'Criterion 1', 2: 'Criterion 2', 3: 'Criterion 3' };

/** The CQL engine, ready for many Bundles. */
export class Engine {
  #executor;
  #source;

  constructor(cqlFile, knowledge, today) {
    const library = new cql.Library(translate(readFileSync(cqlFile, 'utf8')));
    const parameters = {
      Day: cql.Date.parse(today),
      BmiForAge: growthReference(knowledge),
    };
    this.#executor = new cql.Executor(library, new cql.CodeService(valueSets(knowledge)), parameters);
    // One source for all: it parses the FHIR model when it is made.
    this.#source = cqlfhir.PatientSource.FHIRv401();
  }

  /** Whether each criterion is met, for each Bundle: { 1: true, 2: false, 3: true }. */
  async assess(bundles) {
    const verdicts = [];
    for (const bundle of bundles) {
      this.#source.reset();
      this.#source.loadBundles([bundle]);
      const { patientResults } = await this.#executor.exec(this.#source);
      const [result] = Object.values(patientResults);
      verdicts.push(Object.fromEntries(Object.entries(criteria).map(([number, name]) => [number, result[name] === true])));
      this.details = result;
    }
    return verdicts;
  }
}

// Two engines, one record: the CQL of criteria.cql and the program must give the same verdicts; and when a threshold of the
// program is changed, this comparison must see it. Run by tests/cql/run.
//
//   PROGRAM   the program (default build/sir-cds)
//   KNOWLEDGE the folder to copy (default cards/knowledge)
//   PATIENTS  how many invented patients (default 4000)
//   SEED      another set of patients (default 20261120)
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Engine, growthReference } from './engine.mjs';
import { patients, today } from './patients.mjs';
import { Server } from './server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');
const program = process.env.PROGRAM ?? join(root, 'build', 'sir-cds');
const count = Number(process.env.PATIENTS ?? 4000);
const seed = Number(process.env.SEED ?? 20261120);

const criteria = {
  1: 'donohue-rabson-mendenhall',
  2: 'lipodystrophy',
  3: 'unexplained-severe-insulin-resistance',
};

const scratch = mkdtempSync(join(tmpdir(), 'sir-cds-cql-'));
const knowledge = join(scratch, 'knowledge');

/** What an assessment says, in the words of the CQL engine. */
function verdicts({ criteria: findings }) {
  const met = (id) => findings.find((finding) => finding.id === id).verdict === 'met';
  return Object.fromEntries(Object.entries(criteria).map(([number, id]) => [number, met(id)]));
}

/** Asks the program about one patient after another, four at a time, until `enough` says so. */
async function ask(folder, everybody, enough = () => false) {
  const server = await Server.start(program, folder, today);
  const answers = new Array(everybody.length);
  let [next, done] = [0, false];
  const worker = async () => {
    while (!done && next < everybody.length) {
      const at = next;
      next += 1;
      answers[at] = verdicts(await server.explain(everybody[at].bundle));
      done ||= enough(at, answers[at]);
    }
  };
  try {
    await Promise.all([worker(), worker(), worker(), worker()]);
  } finally {
    await server.stop();
  }
  return answers;
}

/** A copy of the knowledge with one file changed by `change`. */
function mutant(name, file, change) {
  const folder = join(scratch, name.replaceAll(/\W+/g, '-'));
  cpSync(knowledge, folder, { recursive: true });
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  const content = JSON.parse(before);
  change(content);
  const changed = JSON.stringify(content);
  assert.notEqual(changed, JSON.stringify(JSON.parse(before)), `${file} has nothing to change`);
  writeFileSync(path, changed);
  return folder;
}

/** Every clause of a definition, to any depth. */
function clauses(node) {
  if (node === null || typeof node !== 'object') return [];
  return [node, ...Object.values(node).flatMap(clauses)];
}

const differs = (a, b) => Object.keys(criteria).filter((number) => a[number] !== b[number]);

describe('the criteria written a second time as CQL', () => {
  let everybody;
  let expected;
  let answers;

  before(async () => {
    cpSync(process.env.KNOWLEDGE ?? join(root, 'cards', 'knowledge'), knowledge, { recursive: true });
    everybody = patients(count, seed, growthReference(knowledge));
    expected = await new Engine(join(here, 'criteria.cql'), knowledge, today).assess(everybody.map(({ bundle }) => bundle));
  });

  after(() => rmSync(scratch, { recursive: true, force: true }));

  test('agrees with the program on every patient', async (t) => {
    answers = await ask(knowledge, everybody);
    const wrong = everybody.flatMap((patient, i) =>
      differs(expected[i], answers[i]).map(
        (number) =>
          `${patient.id} (${patient.changes.join('; ') || 'nothing changed'}), criterion ${number}: ` +
          `CQL says ${expected[i][number] ? 'met' : 'not met'}, sir-cds says ${answers[i][number] ? 'met' : 'not met'}`,
      ),
    );
    t.diagnostic(`${everybody.length} patients, seed ${seed}`);
    for (const line of wrong.slice(0, 20)) t.diagnostic(line);
    assert.equal(wrong.length, 0, `${wrong.length} verdicts differ`);
  });

  test('sees every outcome often, so that agreement means something', (t) => {
    const least = { 'criterion 1': 10, 'criterion 2': 40, 'criterion 3': 400, 'no criterion': 400, 'two criteria': 10 };
    const seen = Object.fromEntries(Object.keys(least).map((name) => [name, 0]));
    for (const verdicts of expected) {
      const met = Object.keys(criteria).filter((number) => verdicts[number]);
      for (const number of met) seen[`criterion ${number}`] += 1;
      if (met.length === 0) seen['no criterion'] += 1;
      if (met.length > 1) seen['two criteria'] += 1;
    }
    t.diagnostic(Object.entries(seen).map(([name, number]) => `${name}: ${number}`).join(', '));
    for (const [name, number] of Object.entries(least)) {
      const needed = Math.floor((number * count) / 4000);
      assert.ok(seen[name] >= needed, `${name}: ${seen[name]} patients, at least ${needed} are needed`);
    }
  });

  test('sees every kind of change with and without a referral', (t) => {
    const kinds = new Map();
    everybody.forEach(({ changes }, i) => {
      const refer = Object.values(expected[i]).some(Boolean);
      for (const change of changes) {
        const seen = kinds.get(change) ?? { referred: 0, not: 0 };
        seen[refer ? 'referred' : 'not'] += 1;
        kinds.set(change, seen);
      }
    });
    for (const [change, { referred, not }] of [...kinds].sort()) t.diagnostic(`${change}: ${referred} referred, ${not} not`);
    assert.ok(kinds.size >= 40, `only ${kinds.size} kinds of change`);
  });

  const parameter = (name, value) => (fact) => (fact.parameters[name].value = value);
  const severe = 'facts/severe-hyperinsulinaemia.json';
  const bodyMass = 'facts/body-mass-index.json';
  const adultLimit = 'definitions/adult-bmi-limit.json';
  const childLimit = 'definitions/child-bmi-limit.json';
  const everyClause = (change) => (definition) => clauses(definition.when).forEach(change);
  const mutations = [
    ['fasting insulin 150 to 160 pmol/L', severe, parameter('fasting', 160)],
    ['fasting insulin 150 to 149.95 pmol/L', severe, parameter('fasting', 149.95)],
    ['glucose tolerance peak 1500 to 1600 pmol/L', severe, parameter('ogtt_peak', 1600)],
    ['glucose tolerance test 180 to 120 minutes', severe, parameter('ogtt_minutes', 120)],
    ['hours without food 8 to 7.5', severe, parameter('fasting_hours', 7.5)],
    ['insulin window 24 to 23 months', severe, parameter('window', 23)],
    ['insulin treatment 7 to 6 days before the sample', severe, parameter('insulin_washout', 6)],
    ['C-peptide to insulin ratio 1 to 1.1', severe, parameter('c_peptide_ratio', 1.1)],
    ['BMI 30 to 31', adultLimit, everyClause((clause) => clause.below === 30 && (clause.below = 31))],
    ['BMI below 30 to at most 30', adultLimit, everyClause((clause) => {
      if (clause.below !== 30) return;
      delete clause.below;
      clause.at_most = 30;
    })],
    ['z-score at most 3 to below 3', childLimit, everyClause((clause) => {
      if (clause.at_most !== 3) return;
      delete clause.at_most;
      clause.below = 3;
    })],
    ['z-score 3 to 2.9', childLimit, everyClause((clause) => clause.at_most === 3 && (clause.at_most = 2.9))],
    ['adult age 18 to 17', bodyMass, parameter('adult_age', 17)],
    ['adult BMI window 36 to 35 months', bodyMass, parameter('adult_oldest', 35)],
    ['child BMI window 12 to 11 months', bodyMass, parameter('child_oldest', 11)],
    ['13 to 12 weeks after birth', 'facts/pregnancy-at-sample.json', parameter('postpartum', 12)],
    ['glucocorticoid 30 to 29 days before the sample', 'facts/glucocorticoid-at-sample.json', parameter('within', 29)],
    ['mIU/L by the factor 6.945', 'units.json', ({ analytes }) => {
      const insulin = analytes.find(({ id }) => id === 'insulin');
      for (const unit of insulin.units) if (unit.factor === 6) unit.factor = 6.945;
    }],
    ['one code less for lipodystrophy', 'valuesets/lipodystrophy-partial.json', ({ compose }) => {
      for (const part of compose.include) part.concept = part.concept.filter(({ code }) => code !== '49292002');
    }],
  ];
  for (const [name, file, change] of mutations) {
    test(`sees a change of ${name}`, async (t) => {
      const shows = (i, answer) => differs(expected[i], answer).length > 0 && differs(expected[i], answers[i]).length === 0;
      let witness;
      await ask(mutant(name, file, change), everybody, (i, answer) => {
        if (shows(i, answer)) witness = everybody[i];
        return witness !== undefined;
      });
      assert.ok(witness, 'nobody shows the difference');
      t.diagnostic(`${witness.id} shows it (${witness.changes.join('; ') || 'nothing changed'})`);
    });
  }
});

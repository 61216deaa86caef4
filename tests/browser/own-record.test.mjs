// One's own record, and everything that can be wrong with it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged, openHouse, openPage, rejudged } from './stage.mjs';

let stage;
let patient;
async function furnish(house) {
  patient = await (await fetch(`${house.program.url}/web/patients/slim`)).json();
  stage = await openPage(house.browser, house.program.url);
  await stage.page.goto(house.program.url);
  await judged(stage.page);
  await stage.page.click('#own > summary');
}
const house = openHouse({ furnish });

const topics = (page) => page.$$eval('#cards .card', (cards) => cards.map((card) => card.dataset.topic));

async function paste(text) {
  await stage.page.fill('#own-text', text);
  await stage.page.click('#own-form button');
}

async function problem(place = '#own-problem') {
  await stage.page.waitForFunction((selector) => document.querySelector(selector).textContent !== '', place);
  return stage.page.textContent(place);
}

/** A refusal of the server shows up in the browser's console; that is the browser's doing. */
function assertNoComplaint() {
  assert.deepEqual(stage.complaints.filter((one) => !/Failed to load resource.*status of 400|status of 4\d\d|status of 50\d/.test(one)), []);
}

test('a pasted request is judged', async () => {
  await rejudged(stage.page, () => paste(JSON.stringify(patient)));
  assert.deepEqual(await topics(stage.page), ['nsirs-referral']);
  assert.equal(await stage.page.inputValue('#edit-today'), '2026-06-15', 'as of the day of the server');
  assert.equal(await stage.page.locator('#patients input:checked').count(), 0);
  assertNoComplaint();
});

test('a pasted Bundle is judged', async () => {
  const entry = [{ resource: patient.prefetch.patient }, ...Object.values(patient.prefetch).flatMap((one) => one.entry ?? [])];
  await rejudged(stage.page, () => paste(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry })));
  assert.deepEqual(await topics(stage.page), ['nsirs-referral']);
  assert.match(await stage.page.textContent('#banner'), /Sarah Invented/);
});

test('what is not JSON is told with line and column, and stays in the box', async () => {
  const text = '{\n  "hook": "patient-view",\n  "context": {,}\n}';
  await paste(text);
  assert.match(await problem(), /^This is not JSON: line 3, column 15 /);
  assert.equal(await stage.page.inputValue('#own-text'), text);
  assert.deepEqual(await topics(stage.page), ['nsirs-referral'], 'the last answer is still there');
  await paste('{"hook": "patient-view"');
  assert.match(await problem(), /^This is not JSON: line 1, column 24 /);
});

test('what is JSON and no record is told', async () => {
  await paste('[1, 2]');
  assert.match(await problem(), /neither a CDS Hooks request nor a FHIR resource/);
  await paste('{"a": 1}');
  assert.match(await problem(), /neither a “hook”/);
  await paste('   ');
  assert.match(await problem(), /nothing here yet/);
});

test('a record of another patient is refused with the place, and stays in the box', async () => {
  const text = JSON.stringify({ ...patient, context: { ...patient.context, patientId: 'somebody-else' } });
  await paste(text);
  assert.match(await problem(), /prefetch\.patient/);
  assert.equal(await stage.page.inputValue('#own-text'), text);
  assert.equal(await stage.page.textContent('#verdict'), 'Not judged.');
  assert.deepEqual(await topics(stage.page), [], 'no card of the record before');
});

test('a request of an unknown hook is refused with the reason', async () => {
  await paste(JSON.stringify({ ...patient, hook: 'medication-refill' }));
  assert.match(await problem(), /hook is not the hook of any service here/);
});

test('a file of 30 MB gets a sentence, at once', async () => {
  const before = Date.now();
  await stage.page.setInputFiles('#own-file', { name: 'big.json', mimeType: 'application/json', buffer: Buffer.alloc(30 * 1024 * 1024, 0x20) });
  assert.match(await problem(), /That is 30\.0 MB, and this page takes 8\.0 MB at most/);
  assert.ok(Date.now() - before < 20_000);
  assert.notEqual(await stage.page.inputValue('#own-text'), '');
});

test('a chosen file is judged', async () => {
  await rejudged(stage.page, () => stage.page.setInputFiles('#own-file', { name: 'a.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(patient)) }));
  assert.deepEqual(await topics(stage.page), ['nsirs-referral']);
});

test('a dropped file is judged', async () => {
  const transfer = await stage.page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'a.json', { type: 'application/json' }));
    return data;
  }, JSON.stringify(patient));
  await rejudged(stage.page, () => stage.page.dispatchEvent('body', 'drop', { dataTransfer: transfer }));
  assert.deepEqual(await topics(stage.page), ['nsirs-referral']);
});

test('the address of a FHIR server is checked at its place, and stays', async () => {
  await stage.page.fill('#fetch-url', 'ehr.example/fhir');
  await stage.page.fill('#fetch-patient', 'p1');
  await stage.page.click('#fetch-form button');
  assert.match(await problem('#fetch-problem'), /does not begin with http/);
  assert.equal(await stage.page.inputValue('#fetch-url'), 'ehr.example/fhir');
  assertNoComplaint();
});

// A record that the program fetches from a FHIR server, asked for on the page.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { judged, openHouse, openPage, rejudged } from './stage.mjs';

let ehr;
let stage;
async function furnish(house) {
  const { prefetch } = await (await fetch(`${house.program.url}/web/patients/slim`)).json();
  const bundles = { Condition: prefetch.conditions, Observation: prefetch.observations };
  ehr = createServer((request, response) => {
    const type = new URL(request.url, 'http://ehr').pathname.split('/')[2];
    const body = type === 'Patient' ? prefetch.patient : bundles[type] ?? { resourceType: 'Bundle', type: 'searchset', total: 0 };
    response.writeHead(200, { 'Content-Type': 'application/fhir+json' }).end(JSON.stringify(body));
  });
  await new Promise((listening) => ehr.listen(0, '127.0.0.1', listening));
  stage = await openPage(house.browser, house.program.url);
  await stage.page.goto(house.program.url);
  await judged(stage.page);
  await stage.page.click('#own > summary');
}
const house = openHouse({ furnish });
after(async () => {
  ehr?.closeAllConnections();
  ehr?.close();
});

async function load(url, patient) {
  await stage.page.fill('#fetch-url', url);
  await stage.page.fill('#fetch-patient', patient);
  await stage.page.click('#fetch-form button');
}

test('a patient of a FHIR server is fetched by the program, and judged', async () => {
  const { page } = stage;
  await rejudged(page, () => load(`http://127.0.0.1:${ehr.address().port}/fhir`, 'slim'));
  assert.equal(await page.textContent('#fetch-problem'), '');
  assert.deepEqual(await page.$$eval('#cards .card', (cards) => cards.map((card) => card.dataset.topic)), ['nsirs-referral']);
  assert.match(await page.textContent('#banner'), /fetches this record itself/);
  assert.match(await page.textContent('#unread'), /What came from where/);
});

test('a FHIR server that is down is told at its place, and what was typed stays', async () => {
  const { page } = stage;
  const { port } = ehr.address();
  ehr.closeAllConnections();
  await new Promise((closed) => ehr.close(closed));
  await load(`http://127.0.0.1:${port}/fhir`, 'slim');
  await page.waitForFunction(() => document.querySelector('#fetch-problem').textContent !== '');
  assert.match(await page.textContent('#fetch-problem'), /could not be (loaded|had|fetched)/);
  assert.equal(await page.inputValue('#fetch-url'), `http://127.0.0.1:${port}/fhir`);
  assert.equal(await page.inputValue('#fetch-patient'), 'slim');
  assert.equal(await page.locator('#cards .card').count(), 0);
});

test('a FHIR server that the program may not ask is told at its place', async () => {
  const { page } = stage;
  await load('https://192.0.2.1/fhir', 'slim');
  await page.waitForFunction(() => document.querySelector('#fetch-problem').textContent !== '');
  assert.match(await page.textContent('#fetch-problem'), /^The record could not be loaded: not sent; /);
  assert.equal(await page.inputValue('#fetch-url'), 'https://192.0.2.1/fhir');
});

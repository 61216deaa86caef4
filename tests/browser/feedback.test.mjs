// Answers to cards: real feedback calls, kept by the service, and the page that counts them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { axeSource, openHouse, openPage, openPatient } from './stage.mjs';

const house = openHouse({ settings: { SIR_CDS_FEEDBACK_SMALL_NUMBER: '1' } });

async function withPage(use, options) {
  const { page, complaints, close } = await openPage(house.browser, house.program.url, options);
  try {
    await use(page);
    assert.deepEqual(complaints, []);
  } finally {
    await close();
  }
}

const said = (page) => page.waitForFunction(() => /recorded/.test(document.querySelector('.said').textContent));

async function summary() {
  const { criteria } = await (await fetch(`${house.program.url}/feedback/summary`)).json();
  return new Map(criteria.map((one) => [one.criterion, one.total]));
}

test('with no card given yet the page says so', () => withPage(async (page) => {
  await page.goto(`${house.program.url}/feedback`);
  await page.waitForFunction(() => /No card has been given yet/.test(document.querySelector('#numbers').textContent));
}));

test('an accepted suggestion is stored, and counted', () => withPage(async (page) => {
  await openPatient(page, house.program.url, 'slim');
  await page.locator('.suggestions button').first().click();
  await said(page);
  assert.match(await page.locator('.said').textContent(), /^Accepted: Draft a referral to NSIRS\..*The service has recorded it\./);
  assert.equal((await summary()).get('unexplained-severe-insulin-resistance').accepted, 1);
}));

test('a dismissal is stored with its reason, and silences the card', () => withPage(async (page) => {
  await openPatient(page, house.program.url, 'karen');
  await page.locator('.dismiss summary').click();
  await page.locator('.dismissal select').selectOption({ label: 'Already under NSIRS or referred' });
  await page.locator('.dismissal input').fill('seen in May');
  await page.locator('.dismissal button').click();
  await said(page);
  assert.match(await page.locator('.said').textContent(), /^Dismissed\. The service has recorded it\./);
  assert.equal((await summary()).get('lipodystrophy').overridden['already-known'], 1);
  await openPatient(page, house.program.url, 'karen');
  assert.equal(await page.locator('.card').count(), 0);
  assert.match(await page.textContent('#verdict'), /silenced/);
  assert.match(await page.textContent('#unread'), /Silenced after feedback/);
}));

test('the page shows the numbers, and gives them as CSV', () => withPage(async (page) => {
  await page.goto(`${house.program.url}/feedback`);
  await page.waitForSelector('#numbers table');
  assert.match(await page.textContent('#numbers'), /clinically diagnosed lipodystrophy.*Already under NSIRS or referred: 1/s);
  assert.ok(await page.locator('#numbers svg').count() >= 2);
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.legend button').click()]);
  const csv = readFileSync(await file.path(), 'utf8');
  assert.match(file.suggestedFilename(), /^sir-cds-feedback-\d{4}-\d{2}\.csv$/);
  assert.match(csv, /^"criterion","title","month","answer","count"\r\n/);
  assert.match(csv, /"lipodystrophy","[^"]+","\d{4}-\d{2}","overridden: already-known","1"\r\n/);
}));

for (const colorScheme of ['light', 'dark']) {
  test(`the page is for everybody, in ${colorScheme}`, async () => {
    const { page, close } = await openPage(house.browser, house.program.url, { colorScheme, bypassCSP: true });
    try {
      await page.addInitScript({ path: axeSource });
      await page.goto(`${house.program.url}/feedback`);
      await page.waitForSelector('#numbers table');
      const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
      assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
    } finally {
      await close();
    }
  });
}


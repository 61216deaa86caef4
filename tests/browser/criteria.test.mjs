// The criteria page: reading, searching, arriving from a card, printing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openHouse, openPage, openPatient } from './stage.mjs';

const house = openHouse();

test('a word or a code finds the entries that hold it', async () => {
  const { page, complaints, close } = await openPage(house.browser, house.program.url);
  try {
    await page.goto(`${house.program.url}/criteria`);
    const all = await page.locator('section.entry:visible').count();
    await page.fill('#find-text', '402599005');
    assert.match(await page.textContent('#find-count'), /^[1-9]\d* of \d+ entries$/);
    const some = await page.locator('section.entry:visible').count();
    assert.ok(some > 0 && some < all / 10);
    assert.ok(await page.locator('#set-acanthosis-nigricans').isVisible());
    await page.fill('#find-text', 'zzzz');
    assert.equal(await page.locator('section.entry:visible').count(), 0);
    await page.fill('#find-text', '402599005');
    await page.locator('.contents a[href="#set-insulin-fasting"]').evaluate((link) => link.click());
    await page.locator('#set-insulin-fasting').waitFor(); // an anchor is stronger than a search
    assert.equal(await page.locator('section.entry:visible').count(), all);
    assert.deepEqual(complaints, []);
  } finally {
    await close();
  }
});

test('a card leads to its criterion', async () => {
  const { page, close } = await openPage(house.browser, house.program.url);
  try {
    await openPatient(page, house.program.url, 'karen');
    const [criteria] = await Promise.all([page.context().waitForEvent('page'), page.locator('.links a', { hasText: 'The rule' }).click()]);
    await criteria.waitForLoadState();
    assert.equal(new URL(criteria.url()).hash, '#lipodystrophy');
    assert.ok(await criteria.locator('#lipodystrophy').isVisible());
    assert.match(await criteria.locator('section.entry:has(#lipodystrophy) blockquote').textContent(), /clinically diagnosed lipodystrophy/);
  } finally {
    await close();
  }
});

test('it prints as a document', async () => {
  const { page, close } = await openPage(house.browser, house.program.url);
  try {
    await page.goto(`${house.program.url}/criteria`);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('.contents').isVisible(), false);
    assert.equal(await page.locator('.notice').isVisible(), true);
    const pdf = await page.pdf({ format: 'A4' });
    assert.ok(pdf.length > 50_000);
  } finally {
    await close();
  }
});

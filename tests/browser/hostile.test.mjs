// Text of a record is text, wherever the page shows it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged, openHouse, openPage, rejudged } from './stage.mjs';

const house = openHouse();

const hostile = [
  '<img src=x onerror="window.owned=1">',
  '<script>window.owned=1</script>',
  '<svg/onload=window.owned=1>',
  '[press me](javascript:window.owned=1)',
  '![x](https://evil.example/pixel.png)',
  '**bold** `code` | a | b |\n| - | - |',
  '<a href="https://evil.example">elsewhere</a>',
  '</pre></textarea><h1>taken over</h1>',
  '{{constructor.constructor("window.owned=1")()}}',
  '\u202Egnp.exe <iframe srcdoc="<script>top.owned=1</script>">',
];

/** Puts a text wherever the record of somebody has text. */
function spoil(value, text) {
  if (Array.isArray(value)) return value.map((one) => spoil(one, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name,
    ['display', 'text', 'given', 'family'].includes(name) && typeof one === 'string' ? `${text} ${one}` : spoil(one, text)]));
}

for (const text of hostile) {
  test(`shown as text: ${JSON.stringify(text).slice(0, 50)}`, async () => {
    const { page, complaints, close } = await openPage(house.browser, house.program.url);
    try {
      const slim = await (await fetch(`${house.program.url}/web/patients/slim`)).json();
      const request = spoil(slim, text);
      request.prefetch.patient.gender = 'female';
      request.prefetch.conditions.entry[0].resource.code.text = text;
      request.prefetch.observations.entry[0].resource.interpretation = [{ text }];
      await page.goto(house.program.url);
      await judged(page);
      await page.click('#own > summary');
      await page.fill('#own-text', JSON.stringify(request));
      await rejudged(page, () => page.click('#own-form button'));
      assert.deepEqual(await page.$$eval('#cards .card', (cards) => cards.map((card) => card.dataset.topic)), ['nsirs-referral']);
      for (const summary of await page.locator('#trail summary, #wire summary, .card summary').all()) await summary.click();
      await page.locator('#summary button').first().click();
      await page.waitForTimeout(100);
      const found = await page.evaluate(() => ({
        owned: window.owned ?? top.owned,
        elements: [...document.querySelectorAll('main img, main script, main iframe, main svg[onload], main h1:not(#title), main [onerror], a[href^="javascript"], a[href*="evil.example"]')].map((one) => one.outerHTML),
        name: document.querySelector('#banner .name').textContent,
      }));
      assert.equal(found.owned, undefined);
      assert.deepEqual(found.elements, []);
      assert.ok(found.name.includes(text.split('\n')[0].slice(0, 12)), found.name);
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });
}

test('even a card that holds HTML and scripts would show them as text', async () => {
  const { page, complaints, close } = await openPage(house.browser, house.program.url);
  try {
    await page.route('**/explain*', async (route) => {
      const answer = await (await route.fetch()).json();
      answer.cards[0].detail = 'before <img src=x onerror="window.owned=1"> [x](javascript:window.owned=1) <script>window.owned=1</script> ![p](https://evil.example/p.png)\n\n# big\n\n| a | b |\n| - | - |\n| 1 | 2 |';
      answer.cards[0].links = [{ label: 'press', url: 'javascript:window.owned=1', type: 'absolute' }];
      await route.fulfill({ json: answer });
    });
    await page.goto(house.program.url);
    await judged(page);
    const detail = page.locator('.card .detail');
    assert.match(await detail.textContent(), /<img src=x onerror="window\.owned=1">/);
    assert.equal(await detail.locator('img, script, h1').count(), 0);
    assert.equal(await detail.locator('table').count(), 1);
    assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
    assert.equal(await page.evaluate(() => window.owned), undefined);
    assert.deepEqual(complaints, []);
  } finally {
    await close();
  }
});

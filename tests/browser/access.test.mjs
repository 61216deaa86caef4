// For everybody: WCAG 2.2 AA as far as a program can tell, on each page, light and dark, small and large.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeSource, judged, openHouse, openPage } from './stage.mjs';

const house = openHouse();

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The page in the state in which most of it is seen. */
const states = {
  '/?patient=slim': async (page) => {
    await judged(page);
    await page.click('#own > summary');
    await page.locator('.dismiss summary').click();
    await page.locator('.suggestions summary').first().click();
    await page.locator('#trail summary', { hasText: 'Type B insulin resistance suspected' }).click();
    await page.locator('#wire summary').first().click();
  },
  '/?patient=andrea': judged,
  '/?patient=obesity': judged,
  '/criteria': async (page) => {
    // Contrast is the same in each entry: a few stand for all, because looking at thousands takes a minute.
    await page.fill('#find-text', 'metreleptin');
  },
};

async function faults(page) {
  const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), rules);
  return violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} ${node.any[0]?.message ?? ''}`).join(' / ')}`);
}

for (const [address, settle] of Object.entries(states)) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${address} in ${colorScheme}`, async () => {
      // axe is put into the page by the browser's driver: the policy of the page stands for everything else.
      const { page, close } = await openPage(house.browser, house.program.url, { colorScheme, bypassCSP: true });
      try {
        await page.addInitScript({ path: axeSource });
        await page.goto(house.program.url + address);
        await settle(page);
        assert.deepEqual(await faults(page), []);
      } finally {
        await close();
      }
    });
  }

  test(`${address} on a phone, and at 200 %`, async () => {
    for (const viewport of [{ width: 360, height: 740 }, { width: 320, height: 640 }, { width: 720, height: 450 }]) {
      const { page, complaints, close } = await openPage(house.browser, house.program.url, { viewport });
      try {
        await page.goto(house.program.url + address);
        await settle(page);
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(beyond <= 0, `${beyond} pixels to the side at ${viewport.width}`);
        assert.deepEqual(complaints, []);
      } finally {
        await close();
      }
    }
  });
}

test('the whole of /criteria is in order', async () => {
  const { page, close } = await openPage(house.browser, house.program.url, { bypassCSP: true });
  try {
    await page.addInitScript({ path: axeSource });
    await page.goto(`${house.program.url}/criteria`);
    const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags, rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false } } }), rules);
    assert.deepEqual(violations.map((one) => one.id), []);
  } finally {
    await close();
  }
});

test('without scripts the criteria can be read, and the other page says what it needs', async () => {
  const { page, close } = await openPage(house.browser, house.program.url, { javaScriptEnabled: false });
  try {
    await page.goto(`${house.program.url}/criteria`);
    assert.ok(await page.locator('#found section.entry').count() > 100);
    assert.equal(await page.locator('#find').isVisible(), false);
    await page.goto(house.program.url);
    assert.equal(await page.locator('noscript .alert').isVisible(), true);
  } finally {
    await close();
  }
});

// The try-out page as people use it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged, openHouse, openPage, openPatient, rejudged } from './stage.mjs';

const house = openHouse();

/** A page for one test, which must end without complaints. */
function withPage(name, use, options) {
  test(name, async () => {
    const { page, complaints, close } = await openPage(house.browser, house.program.url, options);
    try {
      await use(page, complaints);
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });
}

const topics = (page) => page.$$eval('#cards .card', (cards) => cards.map((card) => card.dataset.topic));

withPage('each patient of the list shows the card of its outcome, or none', async (page) => {
  await openPatient(page, house.program.url, 'andrea');
  const { patients } = await (await fetch(`${house.program.url}/web/patients`)).json();
  assert.ok(patients.length >= 25);
  const silent = new Set(['none', 'explained', 'already-known']);
  for (const patient of patients) {
    if (patient.id !== 'andrea') await rejudged(page, () => page.check(`input[value="${patient.id}"]`));
    const shown = await topics(page);
    assert.deepEqual(shown.slice(0, 1), silent.has(patient.outcome) ? [] : [patient.outcome], patient.id);
    const verdict = await page.textContent('#verdict');
    assert.match(verdict, silent.has(patient.outcome) ? /^No card/ : /^\d cards?\.$/, patient.id);
  }
});

withPage('the address remembers the patient', async (page) => {
  await openPatient(page, house.program.url, 'karen');
  assert.match(await page.textContent('#banner'), /Karen Invented/);
  await rejudged(page, () => page.check('input[value="healthy"]'));
  assert.match(page.url(), /\?patient=healthy$/);
});

withPage('the record is summarised, with charts of what was measured more than once', async (page) => {
  await openPatient(page, house.program.url, 'slim');
  assert.match(await page.textContent('#summary'), /Problems.*Acanthosis nigricans.*Results.*412 pmol\/L/s);
  const charts = await page.$$eval('#charts svg', (all) => all.map((one) => one.getAttribute('aria-label')));
  assert.equal(charts.length, 4);
  assert.ok(charts.includes('Insulin, pmol/L: 298 on 12 May 2025, 412 on 16 May 2026'), charts.join('; '));
  await openPatient(page, house.program.url, 'extreme-dose');
  assert.match((await page.$$eval('#charts figcaption', (all) => all.map((one) => one.textContent))).join(), /Insulin dose/);
});

withPage('the trail opens at what decided, and each leaf leads to its resource', async (page) => {
  await openPatient(page, house.program.url, 'slim');
  const open = await page.$$eval('#trail details[open]', (all) => all.map((one) => one.dataset.id));
  assert.deepEqual(open, ['unexplained-severe-insulin-resistance']);
  assert.equal(await page.locator('#trail details').count(), 14);
  await page.locator('#trail .evidence button', { hasText: /^Observation\/insulin/ }).first().click();
  const resource = JSON.parse(await page.textContent('#resource-text'));
  assert.equal(resource.resourceType, 'Observation');
  assert.equal(resource.valueQuantity.value, 412);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#resource[open]').count(), 0);
  await page.locator('#trail summary', { hasText: 'Known to NSIRS' }).click();
  await page.locator('#trail details[data-id="already-known"] .tree li').first().waitFor();
});

withPage('moving the BMI, the insulin, its unit or the date judges again at once', async (page) => {
  await openPatient(page, house.program.url, 'slim');
  assert.deepEqual(await topics(page), ['nsirs-referral']);
  await rejudged(page, () => page.fill('#edit-bmi', '38'));
  assert.deepEqual(await topics(page), []);
  assert.equal(await page.inputValue('#edit-bmi-slider'), '38');
  await rejudged(page, () => page.fill('#edit-bmi-slider', '24'));
  assert.deepEqual(await topics(page), ['nsirs-referral']);

  await rejudged(page, () => page.fill('#edit-insulin', '60'));
  assert.notDeepEqual(await topics(page), ['nsirs-referral']);
  await rejudged(page, () => page.selectOption('#edit-insulin-unit', 'mIU/L'));  // 60 mIU/L are 360 pmol/L
  assert.deepEqual(await topics(page), ['nsirs-referral']);
  assert.match(await page.textContent('#cards h3'), /360 pmol\/L/);

  await rejudged(page, () => page.fill('#edit-today', '2032-06-15'));
  assert.notDeepEqual(await topics(page), ['nsirs-referral'], 'results of six years ago refer nobody');
  await rejudged(page, () => page.click('#edit-reset'));
  assert.deepEqual(await topics(page), ['nsirs-referral']);
  assert.equal(await page.inputValue('#edit-insulin'), '412');
});

withPage('exactly 150 is not above 150', async (page) => {
  await openPatient(page, house.program.url, 'border');
  assert.deepEqual(await topics(page), []);
  await rejudged(page, () => page.fill('#edit-insulin', '150.1'));
  assert.deepEqual(await topics(page), ['nsirs-referral']);
});

withPage('a value that the record does not hold can be added', async (page) => {
  await openPatient(page, house.program.url, 'no-bmi');
  assert.deepEqual(await topics(page), ['missing-measurement']);
  await rejudged(page, () => page.fill('#edit-bmi', '24'));
  assert.deepEqual(await topics(page), ['nsirs-referral']);
});

withPage('a value that is no number is told at its place, and the record stays', async (page) => {
  await openPatient(page, house.program.url, 'slim');
  await page.fill('#edit-bmi', '');
  assert.match(await page.textContent('#edit-problem'), /not a number/);
  assert.deepEqual(await topics(page), ['nsirs-referral']);
});

withPage('suggestions show what they would draft, and links lead to the criterion', async (page) => {
  await openPatient(page, house.program.url, 'slim');
  await page.locator('.suggestions summary').first().click();
  const draft = JSON.parse(await page.locator('.suggestions pre').first().textContent());
  assert.equal(draft.resourceType, 'ServiceRequest');
  assert.equal(draft.status, 'draft');
  const rule = await page.locator('.links a', { hasText: 'The rule' }).getAttribute('href');
  assert.equal(rule, `${house.program.url}/criteria#unexplained-severe-insulin-resistance`);
});

withPage('the call can be copied for a terminal', async (page) => {
  await openPatient(page, house.program.url, 'slim');
  await page.locator('#wire summary', { hasText: 'As curl: the service' }).click();
  const command = await page.locator('#wire details[open] pre', { hasText: 'curl' }).textContent(); // written when it opens
  assert.match(command, new RegExp(`^curl -sS .*'${house.program.url}/cds-services/sir-patient-view'`, 's'));
  const { execFileSync } = await import('node:child_process');
  const answer = JSON.parse(execFileSync('bash', ['-c', command], { encoding: 'utf8' }));
  assert.equal(answer.cards[0].source.topic.code, 'nsirs-referral');
});

withPage('nothing moves while the page fills', async (page) => {
  await page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => window.shifts.push(...list.getEntries().filter((one) => !one.hadRecentInput).map((one) => one.value)))
      .observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(house.program.url);
  await judged(page);
  await page.waitForTimeout(300);
  const shift = (await page.evaluate(() => window.shifts)).reduce((sum, one) => sum + one, 0);
  assert.ok(shift < 0.02, `cumulative layout shift ${shift}`);
  const blocking = await page.evaluate(() => performance.getEntriesByType('resource')
    .filter((one) => one.renderBlockingStatus === 'blocking').map((one) => new URL(one.name).pathname));
  assert.deepEqual(blocking, ['/web/style.css'], 'only the style keeps the page from being drawn');
});

withPage('the keyboard alone is enough', async (page) => {
  await openPatient(page, house.program.url, 'slim');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.focus('input[value="slim"]');
  await rejudged(page, () => page.keyboard.press('ArrowDown'));
  assert.match(page.url(), /patient=child$/);
  await page.focus('#trail summary');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.parentElement.open), true);
});

withPage('how long an edit takes to show is measured', async (page) => {
  await openPatient(page, house.program.url, 'slim');
  const weight = await page.evaluate(() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
    .reduce((sum, one) => sum + one.transferSize, 0));
  const files = await page.evaluate(() => performance.getEntriesByType('resource').length);
  for (let i = 0; i < 40; i += 1) await rejudged(page, () => page.fill('#edit-bmi', String(20 + i / 2)));
  const times = await page.evaluate(() => performance.getEntriesByName('edit-to-cards').map((one) => one.duration));
  const sorted = times.sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0);
  console.log(`from edit to new cards, as seen: median ${at(0.5)} ms, 95th percentile ${at(0.95)} ms, worst ${at(1)} ms (${sorted.length} edits)`);
  console.log(`weight of the page with its first patient: ${(weight / 1000).toFixed(0)} kB in ${files} files`);
  assert.ok(weight < 300_000, 'the page, the list of patients, one patient and the answer');
});

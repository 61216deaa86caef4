// Makes deploy/screenshots anew: the main states of the pages. Debian's pngquant, where it is installed, makes the files a
// third of their size.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPage, openPatient, rejudged, startBrowser, startProgram } from './stage.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/screenshots');
mkdirSync(folder, { recursive: true });
const [program, browser] = await Promise.all([startProgram({ SIR_CDS_FEEDBACK_SMALL_NUMBER: '1' }), startBrowser()]);

/** @param {string} name @param {(page: any) => Promise<any>} arrange @param {object} [options] of the browser context */
async function shoot(name, arrange, options = {}) {
  const { page, close } = await openPage(browser, program.url, { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  await arrange(page);
  await page.waitForTimeout(200);
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  spawnSync('pngquant', ['--force', '--ext', '.png', '--speed', '1', '128', path]);
  await close();
}

/** Brings a place to the top of the picture. */
const show = (page, selector) => page.evaluate((one) => document.querySelector(one).scrollIntoView(), selector);

const wide = { viewport: { width: 1440, height: 900 } };
await shoot('try-out', (page) => openPatient(page, program.url, 'slim'), wide);
await shoot('type-b-dark', (page) => openPatient(page, program.url, 'andrea'), { ...wide, colorScheme: 'dark' });
await shoot('trail', async (page) => {
  await openPatient(page, program.url, 'slim');
  await show(page, '.why');
});
await shoot('silent', async (page) => {
  await openPatient(page, program.url, 'slim');
  await rejudged(page, () => page.fill('#edit-bmi', '38'));
}, wide);
await shoot('criteria', async (page) => {
  await page.goto(`${program.url}/criteria#unexplained-severe-insulin-resistance`);
});
await shoot('phone', async (page) => {
  await openPatient(page, program.url, 'andrea');
  await show(page, '.advice');
}, { viewport: { width: 390, height: 780 } });
await shoot('feedback', async (page) => {
  const answer = async (patient, act) => {
    await openPatient(page, program.url, patient);
    await act();
    await page.waitForFunction(() => /recorded it|Not recorded/.test(document.querySelector('.said')?.textContent ?? ''));
  };
  const dismiss = async (reason) => {
    await page.locator('.dismiss summary').click();
    await page.locator('.dismissal select').selectOption({ index: reason });
    await page.locator('.dismissal button').click();
  };
  for (const patient of ['karen', 'lynne', 'slim', 'child', 'barbara', 'slim', 'extreme-dose']) await answer(patient, () => page.locator('.suggestions button').first().click());
  await answer('skin', () => dismiss(2));
  await answer('features', () => dismiss(3));
  await page.goto(`${program.url}/feedback`);
  await page.waitForTimeout(400);
});
await browser.close();
await program.stop();

// What the tests share: the real program on a free port, and a real browser whose every complaint is kept.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

const { PROGRAM, CHROMIUM } = process.env;
export const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/**
 * Starts the program as deploy/run does; `stop` ends it.
 * @param {Record<string, string>} [settings] environment
 */
export async function startProgram(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sir-cds-browser-'));
  const child = spawn(PROGRAM, ['serve', '--listen', '127.0.0.1:0', '--today', '2026-06-15'], {
    env: { ...process.env, SIR_CDS_STORE_PATH: join(folder, 'feedback.sqlite'), ...settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => line.startsWith('listening on ') && resolve(line.slice(13)));
    ended.then(() => reject(new Error('the program did not start')));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, stop };
}

export function startBrowser() {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage', '--lang=en-GB'] });
}

/**
 * The program and a browser for all tests of a file: `program` and `browser` are there when the first one begins, and what
 * `furnish` puts beside them.
 * @param {{ settings?: Record<string, string>, furnish?: (house: object) => Promise<void> }} [options] settings: environment
 */
export function openHouse({ settings, furnish } = {}) {
  const house = {};
  before(async () => {
    [house.program, house.browser] = await Promise.all([startProgram(settings), startBrowser()]);
    await furnish?.(house);
  });
  after(async () => {
    await house.browser?.close();
    await house.program?.stop();
  });
  return house;
}

/**
 * A page whose console errors, exceptions, failures and calls to other hosts end up in `complaints`.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url the only origin that may be asked
 * @param {object} [options] of the browser context
 */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', timezoneId: 'Europe/London', ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${url}/`) && !asked.startsWith('data:')) complaints.push(`asked elsewhere: ${asked}`);
  });
  page.setDefaultTimeout(20_000);
  return { page, complaints, close: () => context.close() };
}

/** Opens the try-out page with a patient, and waits for the answer. */
export async function openPatient(page, url, patient) {
  await page.goto(`${url}/?patient=${patient}`);
  await judged(page);
}

/** Waits until the page has an answer for what it shows. */
export function judged(page) {
  return page.waitForFunction(() => !document.body.hasAttribute('aria-busy') && document.querySelector('#verdict').textContent !== '');
}

/** Does something that makes the page judge again, and waits for the new answer. */
export async function rejudged(page, action) {
  const before = await page.evaluate(() => performance.getEntriesByName('edit-to-cards').length);
  await action();
  await page.waitForFunction((count) => performance.getEntriesByName('edit-to-cards').length > count, before);
}

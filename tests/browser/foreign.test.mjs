// In a client that is not ours: Medplum's CDS Hooks client in a page of another origin, and another Markdown renderer
// (markdown-it). What an EHR does not show must not be needed to understand the rest.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import { openHouse, startProgram } from './stage.mjs';

const resolve = createRequire(import.meta.url).resolve;
const files = {
  '/medplum.mjs': ['text/javascript', resolve('@medplum/core').replace(/dist.*$/, 'dist/esm/index.mjs')],
  '/markdown-it.js': ['text/javascript', resolve('markdown-it/dist/markdown-it.min.js')],
};
const ehr = `<!doctype html><html lang="en"><meta charset="utf-8"><title>An EHR</title><body><main id="cards"></main>
<script src="/markdown-it.js"></script></body></html>`;

let site;
let origin;
let page;
async function furnish(house) {
  site = createServer((request, response) => {
    const [type, file] = files[request.url] ?? ['text/html'];
    response.writeHead(200, { 'Content-Type': type }).end(file ? readFileSync(file) : ehr);
  });
  await new Promise((listening) => site.listen(0, '127.0.0.1', listening));
  origin = `http://localhost:${site.address().port}`;
  page = await (await house.browser.newContext()).newPage();
  await page.goto(origin);
}
const house = openHouse({ furnish });
after(async () => {
  site?.close();
});

/** Calls the service as that EHR does, and renders its cards. */
async function cardsOf(patient) {
  const request = await (await fetch(`${house.program.url}/web/patients/${patient}`)).json();
  return page.evaluate(async ({ url, body }) => {
    const { MedplumClient } = await import('/medplum.mjs');
    const client = new MedplumClient({ baseUrl: location.origin, cdsServicesUrl: `${url}/cds-services`, fetch: (...all) => fetch(...all), cacheTime: 0, maxRetries: 0 });
    const { services } = await client.getCdsServices();
    const service = services.find((one) => one.hook === body.hook);
    const { cards } = await client.callCdsService(service.id, body);
    const markdown = window.markdownit({ html: false, linkify: true });
    document.querySelector('#cards').replaceChildren(...cards.map((card) => {
      const article = document.createElement('article');
      article.innerHTML = `<h2></h2><section></section>`;
      article.querySelector('h2').textContent = card.summary;
      article.querySelector('section').innerHTML = markdown.render(card.detail ?? '');
      return article;
    }));
    return cards;
  }, { url: house.program.url, body: request });
}

/** How many preflights of service calls the program has answered: the only thing that is a 204 there. */
async function preflights() {
  const metrics = await (await fetch(`${house.program.url}/metrics`)).text();
  return Number(/^sir_cds_requests_total\{route="\/cds-services\/\{id\}",status="204"\} (\d+)/m.exec(metrics)?.[1] ?? 0);
}

test('another origin is let in, after a preflight', async () => {
  const cards = await cardsOf('slim');
  assert.equal(cards.length, 1);
  assert.ok(await preflights() > 0, 'the browser asked first');
  const detail = page.locator('article section');
  assert.equal(await page.textContent('article h2'), cards[0].summary);
  assert.ok(await detail.locator('strong').count() > 3);
  assert.ok(await detail.locator('li').count() > 3);
  assert.equal(await detail.locator('a', { hasText: 'Rule and sources' }).count(), 1);
  assert.doesNotMatch(await detail.textContent(), /\*\*|\\[-_*[\]]|&[a-z]+;/, 'no mark-up is left over');
});

test('an origin that a site has not listed is kept out', async () => {
  const strict = await startProgram({ SIR_CDS_SERVER_CORS_ORIGINS: 'https://ehr.example' });
  try {
    const said = await page.evaluate((url) => fetch(`${url}/cds-services`).then(() => 'let in', () => 'kept out'), strict.url);
    assert.equal(said, 'kept out');
  } finally {
    await strict.stop();
  }
});

test('each card is understood from its summary alone, without its suggestions, and without tables', async () => {
  const { patients } = await (await fetch(`${house.program.url}/web/patients`)).json();
  let seen = 0;
  for (const patient of patients) {
    for (const card of await cardsOf(patient.id)) {
      seen += 1;
      assert.ok(card.summary.length < 140 && /[.?]$/.test(card.summary), `${patient.id}: ${card.summary}`);
      assert.doesNotMatch(card.summary, /[*_`[\]{}<>|\n]/, patient.id);
      // What a suggestion would draft is also said in words, with whom to call.
      assert.match(card.detail, /\*\*Why you see this\*\*/, patient.id);
      assert.match(card.detail, /\*\*(Who does what|Before you act|Contact)\*\*/, patient.id);
      // A client that strips tables or shows plain text loses nothing: there are none, and no HTML.
      assert.doesNotMatch(card.detail, /^\s*\|.*\|\s*$/m, patient.id);
      assert.doesNotMatch(card.detail, /<[a-z/!]/i, patient.id);
      const plain = card.detail.replace(/[*_#>`\\]|\[|\]\([^)]*\)/g, '');
      for (const word of plain.match(/\d+(\.\d+)?/g)?.slice(0, 5) ?? []) assert.ok((await page.textContent('#cards')).includes(word), `${patient.id}: ${word}`);
    }
  }
  assert.ok(seen >= 15);
});

#!/usr/bin/env node
// A CDS Hooks client: Medplum's. Reads discovery, fills the prefetch templates from a FHIR server, calls the services of a hook and
// prints, as JSON: what it sent of the prefetch, the answers, and every HTTP call that it made.
//
// Usage: node client.mjs --cds URL --fhir URL --patient ID [--hook NAME] [--prefetch KEYS] [--token TEXT] [--dismiss CODE | --accept]
//   --cds       base URL of the CDS server, without /cds-services
//   --fhir      base URL of the FHIR server
//   --prefetch  keys to send, separated by commas, or "none": the server has to fetch the rest (default: all of them)
//   --token     bearer token for the FHIR server, sent along as fhirAuthorization
//   --dismiss   afterwards tells the server that the first card was overridden for this reason; --accept: that it was accepted
// Exit status 1 when a call failed.
import { parseArgs } from 'node:util';

globalThis.WebSocket ??= class extends EventTarget {};
const { MedplumClient, buildCdsRequest } = await import('@medplum/core');

const { values: options } = parseArgs({
  options: {
    cds: { type: 'string' }, fhir: { type: 'string' }, patient: { type: 'string' }, hook: { type: 'string', default: 'patient-view' },
    prefetch: { type: 'string' }, token: { type: 'string' }, dismiss: { type: 'string' }, accept: { type: 'boolean', default: false },
  },
});
for (const name of ['cds', 'fhir', 'patient'])
  if (!options[name]) {
    console.error(`client: --${name} is needed`);
    process.exit(2);
  }

const calls = [];
async function watchedFetch(url, init = {}) {
  const response = await fetch(url, init);
  calls.push(`${init.method ?? 'GET'} ${url} ${response.status}`);
  return response;
}

const fhir = new URL(options.fhir);
const cds = options.cds.replace(/\/$/, '');
const client = new MedplumClient({
  baseUrl: fhir.origin, fhirUrlPath: fhir.pathname.slice(1), cdsServicesUrl: `${cds}/cds-services`, fetch: watchedFetch, cacheTime: 0,
  maxRetries: 0, accessToken: options.token,
});

/** The prefetch that --prefetch leaves. */
function kept(prefetch) {
  if (options.prefetch === undefined) return prefetch;
  const wanted = options.prefetch.split(',');
  const entries = Object.entries(prefetch ?? {}).filter(([key]) => wanted.includes(key));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

async function call(service) {
  const user = { resourceType: 'Practitioner', id: 'demonstration' };
  const context = { userId: 'Practitioner/demonstration', patientId: options.patient };
  const request = await buildCdsRequest(client, user, service, context);
  request.prefetch = kept(request.prefetch);
  request.fhirServer = options.fhir;
  if (options.token)
    request.fhirAuthorization = {
      access_token: options.token, token_type: 'Bearer', expires_in: 300, scope: 'patient/*.read', subject: 'sir-cds',
    };
  const { cards } = await client.callCdsService(service.id, request);
  return { service: service.id, prefetch: Object.keys(request.prefetch ?? {}), cards };
}

async function tell(service, card) {
  const item = { card: card.uuid, outcome: options.accept ? 'accepted' : 'overridden', outcomeTimestamp: new Date().toISOString() };
  if (options.accept) item.acceptedSuggestions = card.suggestions.slice(0, 1).map(({ uuid }) => ({ id: uuid }));
  else item.overrideReason = { reason: { system: 'urn:sir-cds:override-reason', code: options.dismiss } };
  const response = await watchedFetch(`${cds}/cds-services/${service}/feedback`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ feedback: [item] }),
  });
  if (!response.ok) throw new Error(`feedback was answered ${response.status}: ${await response.text()}`);
}

const answers = [];
let failed = false;
try {
  const { services } = await client.getCdsServices();
  for (const service of services.filter(({ hook }) => hook === options.hook)) answers.push(await call(service));
  const shown = answers.find(({ cards }) => cards.length > 0);
  if (shown && (options.accept || options.dismiss)) await tell(shown.service, shown.cards[0]);
} catch (error) {
  failed = true;
  answers.push({ error: String(error.message ?? error) });
}
console.log(JSON.stringify({ answers, calls }, null, 2));
process.exit(failed || answers.length === 0 ? 1 : 0);

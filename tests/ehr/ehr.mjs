// The program between a real FHIR server and a real CDS Hooks client, both Medplum's: whatever share of the prefetch the client
// sends, the cards are the same; what cannot be had is told.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = process.env.PROGRAM;
const demo = join(root, 'deploy/demo');
const patients = readdirSync(demo).map((name) => JSON.parse(readFileSync(join(demo, name), 'utf8')).context.patientId);
const token = 'token-of-the-record-system';
const folder = mkdtempSync(join(tmpdir(), 'sir-cds-ehr-'));
const running = [];

/** Starts a program and answers the address in the line that says it is ready, and what it printed on standard error. */
async function start(command, words, environment = {}) {
  const child = spawn(command, words, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const started = { child, errors: '' };
  running.push(child);
  child.stderr.on('data', (text) => (started.errors += text));
  for await (const line of createInterface({ input: child.stdout })) {
    const address = line.match(/ on (http\S+)/);
    if (address) {
      child.stdout.resume();
      return { ...started, get log() { return started.errors; }, url: address[1] };
    }
  }
  throw new Error(`${command} did not start: ${started.errors}`);
}

const startFhir = (...words) =>
  start(process.execPath, [join(root, 'deploy/ehr/fhir-server.mjs'), ...words, ...readdirSync(demo).map((name) => join(demo, name))]);
const startCds = (environment) =>
  start(program, ['serve', '--listen', '127.0.0.1:0', '--today', '2026-06-15'], {
    SIR_CDS_STORE_PATH: join(folder, `${running.length}.sqlite`), ...environment,
  });

/** What the client printed; a client that failed has printed as well. */
async function client(cds, fhir, patient, ...words) {
  const file = join(root, 'deploy/ehr/client.mjs');
  const options = ['--cds', cds.url, '--fhir', fhir.url, '--patient', patient, ...words];
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...options]).catch((error) => error);
  return JSON.parse(stdout);
}

/** Cards without what differs from call to call. */
const lasting = (answers, { url }) =>
  JSON.parse(
    JSON.stringify(answers, (name, value) => (name === 'uuid' || name === 'prefetch' ? undefined : value)).replaceAll(url, ''));
const topics = ({ answers }) => answers.flatMap(({ cards }) => cards.map(({ source }) => source.topic.code));

let fhir, cds;
before(async () => {
  fhir = await startFhir('--token', token);
  cds = await startCds({ SIR_CDS_FHIR_ALLOWED_SERVERS: new URL(fhir.url).origin });
});
after(() => {
  for (const child of running) child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

describe('a client that we did not write', () => {
  for (const patient of patients)
    test(`gets the same cards for ${patient} whatever it sends of the prefetch`, async () => {
      const whole = await client(cds, fhir, patient, '--token', token);
      assert.equal(topics(whole).length, patient === 'demo-obesity' ? 0 : 1);
      for (const keys of ['none', 'patient', 'patient,conditions', 'observations,medications']) {
        const part = await client(cds, fhir, patient, '--token', token, '--prefetch', keys);
        assert.deepEqual(lasting(part.answers, cds), lasting(whole.answers, cds), `prefetch ${keys}`);
      }
    });

  test('is told which keys could not be had and why, when its token is refused', async () => {
    const call = {
      hook: 'patient-view', hookInstance: '6f1cbb1e-8a43-4f62-9a53-0f0e4f5a7d10',
      context: { userId: 'Practitioner/demonstration', patientId: 'demo-slim' }, fhirServer: fhir.url,
      fhirAuthorization: { access_token: 'wrong', token_type: 'Bearer', expires_in: 300, scope: 'patient/*.read', subject: 'sir-cds' },
    };
    const answer = await fetch(`${cds.url}/cds-services/sir-patient-view`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(call),
    });
    const text = await answer.text();
    assert.equal(answer.status, 412, text);
    assert.match(text, /prefetch\.patient/);
    assert.match(text, /401/);
  });

  test('has its dismissal stored, and the card stays away for that patient only', async () => {
    const other = await startCds({ SIR_CDS_FHIR_ALLOWED_SERVERS: new URL(fhir.url).origin });
    assert.deepEqual(topics(await client(other, fhir, 'demo-slim', '--token', token, '--dismiss', 'already-known')), ['nsirs-referral']);
    assert.deepEqual(topics(await client(other, fhir, 'demo-slim', '--token', token)), []);
    assert.deepEqual(topics(await client(other, fhir, 'demo-lipodystrophy', '--token', token)), ['nsirs-referral']);
  });
});

test('searches by POST and by GET give the same cards', async () => {
  const cards = [];
  for (const search of ['get', 'post']) {
    const one = await startCds({ SIR_CDS_FHIR_ALLOWED_SERVERS: new URL(fhir.url).origin, SIR_CDS_FHIR_SEARCH: search });
    cards.push(lasting((await client(one, fhir, 'demo-child', '--token', token, '--prefetch', 'none')).answers, one));
  }
  assert.equal(cards[0][0].cards.length, 1);
  assert.deepEqual(cards[1], cards[0]);
  assert.match(fhir.log, /POST \/fhir\/R4\/Observation\/_search 200/);
});

test('neither the log of the program nor that of the FHIR server knows the token', () => {
  assert.ok(cds.log.length > 0);
  assert.ok(!cds.log.includes(token) && !fhir.log.includes(token));
});

// What a hospital would write by hand: one simple criterion in Node, no framework.
// Latest BMI below 30, and acanthosis nigricans or a fasting insulin above 150 pmol/L. Usage: node server.mjs
import { createServer } from 'node:http';

const LOINC = 'http://loinc.org';
const SNOMED = 'http://snomed.info/sct';
const FINAL = new Set(['final', 'amended', 'corrected']);
const ACTIVE = new Set(['active', 'recurrence', 'relapse']);

const has = (concept, system, code) => concept?.coding?.some((one) => one.system === system && one.code === code);
const resources = (bundle) => (bundle?.entry ?? []).map((entry) => entry.resource);

function isMet({ prefetch }) {
  let bmi;
  let measured = -Infinity;
  let insulin = false;
  for (const result of resources(prefetch.observations)) {
    if (!FINAL.has(result.status) || !result.valueQuantity) continue;
    if (has(result.code, LOINC, '39156-5')) {
      const time = Date.parse(result.effectiveDateTime);
      if (time > measured) [bmi, measured] = [result.valueQuantity.value, time];
    } else if (has(result.code, LOINC, '27873-9')) {
      insulin ||= result.valueQuantity.code === 'pmol/L' && result.valueQuantity.value > 150;
    }
  }
  const acanthosis = resources(prefetch.conditions).some(
    (one) => has(one.code, SNOMED, '402599005') && one.clinicalStatus?.coding?.some(({ code }) => ACTIVE.has(code)),
  );
  return bmi < 30 && (acanthosis || insulin);
}

const card = {
  summary: 'BMI below 30 with acanthosis nigricans or a raised fasting insulin: consider referral.',
  detail: 'What a hand-written service says. '.repeat(40),
  indicator: 'info',
  source: { label: 'a service in Node' },
};

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const answer = JSON.stringify({ cards: isMet(JSON.parse(Buffer.concat(parts))) ? [card] : [] });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));

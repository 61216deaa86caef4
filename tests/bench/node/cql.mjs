// The referral criteria as CQL (tests/cql) behind a socket: what a service on cql-execution costs. The model is parsed and the
// CQL is translated once. Usage: node cql.mjs KNOWLEDGE-FOLDER (after tests/cql/run has installed its packages)
import { createServer } from 'node:http';
import { Engine } from '../../cql/engine.mjs';

const criteria = new URL('../../cql/criteria.cql', import.meta.url).pathname;
const engine = new Engine(criteria, process.argv[2], '2026-06-15');

function bundleOf({ prefetch }) {
  const entries = Object.values(prefetch).flatMap((part) =>
    part.resourceType === 'Bundle' ? (part.entry ?? []) : [{ resource: part }],
  );
  return { resourceType: 'Bundle', type: 'collection', entry: entries };
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const [met] = await engine.assess([bundleOf(JSON.parse(Buffer.concat(parts)))]);
    const cards = Object.entries(met).filter(([, is]) => is).map(([number]) => ({ summary: `Criterion ${number} is met` }));
    const answer = JSON.stringify({ cards });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));

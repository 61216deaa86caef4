// The files for containers and Kubernetes, as far as they can be judged without an engine: by parsers and linters of others, and
// against the rest of the tree.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import dockerfilelint from 'dockerfilelint';
import { validate } from 'dockerfile-utils';
import yaml from 'js-yaml';

const root = process.env.SOURCE;
const read = (path) => readFileSync(join(root, path), 'utf8');
const container = 'deploy/container';
const compose = yaml.load(read(`${container}/compose.yaml`));
const manifests = readdirSync(join(root, 'deploy/kubernetes'))
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => yaml.loadAll(read(`deploy/kubernetes/${name}`)));
const manifest = (kind) => manifests.find((one) => one.kind === kind);

test('the Dockerfile is understood and liked by two linters', () => {
  const text = read(`${container}/Dockerfile`);
  assert.deepEqual(validate(text).map((fault) => fault.message), []);
  assert.equal(validate('FROM debian\nRUNN x').length > 0, true, 'this linter sees nothing');
  const found = dockerfilelint.run('Dockerfile', text, { rules: { sudo_usage: 'on' } });
  assert.deepEqual(Object.values(found).flat().filter((one) => one && one.title), []);
});

test('the image runs as nobody and names what it copies', () => {
  const text = read(`${container}/Dockerfile`);
  assert.match(text, /\nUSER 65532:65532\n/);
  for (const [, script] of text.matchAll(/(deploy\/[a-z/-]+) build/g)) assert.ok(existsSync(join(root, script)), script);
});

test('compose is held against its schema and liked by a linter', () => {
  const bin = join(process.cwd(), 'node_modules/.bin/dclint');
  const order = ['service-keys-order', 'services-alphabetical-order', 'top-level-properties-order', 'no-quotes-in-volumes',
    'require-quotes-in-ports'];
  const words = [join(root, container, 'compose.yaml'), '--formatter', 'json', ...order.flatMap((rule) => ['--disable-rule', rule])];
  const judged = JSON.parse(execFileSync(bin, words, { encoding: 'utf8' }));
  assert.deepEqual(judged.flatMap((file) => file.messages).map((one) => one.message), []);
});

test('every file that compose mounts is in the tree, or made by the operator as the page says', () => {
  const page = read(`${container}/README.md`);
  for (const service of Object.values(compose.services))
    for (const volume of service.volumes ?? []) {
      const [from] = volume.split(':');
      if (!from.startsWith('.')) continue;
      const made = page.includes(`${from.replace('./', '')}/`);
      assert.ok(made || existsSync(join(root, dirname(`${container}/x`), from)), from);
    }
  for (const secret of Object.values(compose.secrets)) assert.ok(page.includes(secret.file.replace('./', '')), secret.file);
});

test('instances in compose are read-only, without privileges, and known to nginx and Prometheus', () => {
  const upstream = read('deploy/nginx/instances.conf');
  const scraped = read(`${container}/prometheus.yaml`);
  const instances = Object.keys(compose.services).filter((name) => name.startsWith('sir-cds-'));
  assert.equal(instances.length, 2);
  for (const name of instances) {
    const service = compose.services[name];
    assert.equal(service.read_only, true);
    assert.deepEqual(service.cap_drop, ['ALL']);
    assert.ok(upstream.includes(`server ${name}:8080 `));
    assert.ok(scraped.includes(`"${name}:8080"`));
  }
});

test('every number on the dashboard and in the autoscaler is one that the program counts', () => {
  const counted = read('server/metrics.cpp');
  const dashboard = JSON.parse(read(`${container}/grafana/sir-cds.json`));
  const asked = dashboard.panels.flatMap((panel) => panel.targets.map((target) => target.expr));
  assert.ok(asked.length > 10);
  for (const name of asked.join(' ').match(/sir_cds_[a-z_]+/g)) {
    const base = name.replace(/_bucket$/, '');
    assert.ok(counted.includes(`"${base}"`), `${base} is not counted`);
  }
  assert.ok(counted.includes('"sir_cds_requests_total"') && read('deploy/kubernetes/README.md').includes('sir_cds_requests_total'));
});

test('Kubernetes keeps an instance while another is replaced, and lets nobody in by the back door', () => {
  const deployment = manifest('Deployment').spec;
  assert.equal(deployment.strategy.rollingUpdate.maxUnavailable, 0);
  const pod = deployment.template.spec;
  const [program] = pod.containers;
  assert.equal(pod.securityContext.runAsNonRoot, true);
  assert.equal(program.securityContext.readOnlyRootFilesystem, true);
  assert.ok(pod.terminationGracePeriodSeconds > 20 + program.lifecycle.preStop.sleep.seconds, 'shorter than limits.drain_seconds');
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) assert.ok(program[probe].httpGet.path.startsWith('/health/'));
  const labels = deployment.template.metadata.labels;
  for (const selector of [deployment.selector.matchLabels, manifest('Service').spec.selector,
    manifest('PodDisruptionBudget').spec.selector.matchLabels, manifest('NetworkPolicy').spec.podSelector.matchLabels])
    assert.deepEqual(selector, labels);
  assert.ok(manifest('PodDisruptionBudget').spec.minAvailable < manifest('HorizontalPodAutoscaler').spec.minReplicas);
  for (const rule of manifest('Ingress').spec.rules)
    for (const { path } of rule.http.paths) assert.ok(['/cds-services', '/criteria'].includes(path), path);
});

test('kustomize names files that are there, or made by the operator', () => {
  const kustomization = manifest('Kustomization');
  for (const file of kustomization.resources) assert.ok(existsSync(join(root, 'deploy/kubernetes', file)), file);
  const page = read('deploy/kubernetes/README.md');
  for (const one of kustomization.secretGenerator) for (const file of one.envs ?? one.files) assert.ok(page.includes(file), file);
});

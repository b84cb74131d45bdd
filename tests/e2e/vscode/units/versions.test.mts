// Extension and server tell each other their versions; a mismatch says which to update.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mismatch } from "../../../../editors/vscode/src/versions.ts";

test("minor versions have to agree", () => {
  assert.equal(mismatch("0.1.0", "0.1.7"), undefined);
  assert.match(mismatch("0.1.0", "0.2.0") ?? "", /Update the extension/);
  assert.match(mismatch("0.2.0", "0.1.9") ?? "", /Update the server/);
  assert.match(mismatch("1.0.0", "0.9.0") ?? "", /Update the server/);
  assert.match(mismatch("0.1.0", undefined) ?? "", /too old/);
});

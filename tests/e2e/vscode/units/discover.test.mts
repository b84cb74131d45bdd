// The order of places in which the server is looked for, with every place made up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { discover, NotFound, type Surroundings } from "../../../../editors/vscode/src/discover.ts";

const ALL = ["/user/maze-lsp", "/space/maze-lsp", "/env/bin/maze-lsp", "/path/maze-lsp", "/home/me/.local/bin/maze-lsp"];

function around(there: string[], more: Partial<Surroundings> = {}): Surroundings {
  return {
    trusted: true,
    userPath: "",
    workspacePath: "",
    uvx: false,
    pythonFolder: async () => "/env/bin",
    env: { PATH: ":relative:/path:/usr/bin" },
    home: "/home/me",
    workspaceFolder: "/space",
    windows: false,
    executable: async (file) => there.includes(file),
    ...more,
  };
}

async function check(there: string[], more: Partial<Surroundings>, command: string, by: string): Promise<void> {
  const found = await discover(around(there, more));
  assert.deepEqual([found.command, found.by], [command, by]);
}

test("the path of the settings, the workspace's before the user's", async () => {
  await check(ALL, { userPath: "/user/maze-lsp" }, "/user/maze-lsp", "maze.server.path");
  await check(ALL, { userPath: "/user/maze-lsp", workspacePath: "maze-lsp" }, "/space/maze-lsp", "maze.server.path");
  await check(ALL, { userPath: "~/.local/bin/maze-lsp" }, "/home/me/.local/bin/maze-lsp", "maze.server.path");
});

test("a path that is set wrongly is said, not passed over", async () => {
  await assert.rejects(discover(around(ALL, { userPath: "/nowhere/maze-lsp" })), /nowhere\/maze-lsp/);
});

test("then the active Python environment, PATH, and where pipx and uv put programs", async () => {
  await check(ALL, {}, "/env/bin/maze-lsp", "the active Python environment");
  await check(ALL, { pythonFolder: async () => undefined }, "/path/maze-lsp", "PATH");
  await check(ALL.slice(3), {}, "/path/maze-lsp", "PATH");
  await check(ALL.slice(4), {}, "/home/me/.local/bin/maze-lsp", "~/.local/bin");
});

test("uvx only where it was allowed", async () => {
  await check([], { uvx: true }, "uvx", "maze.server.uvx");
  await assert.rejects(discover(around([])), NotFound);
});

test("a workspace that is not trusted chooses nothing", async () => {
  const trusted = false;
  await assert.rejects(discover(around(ALL, { trusted, workspacePath: "/space/maze-lsp", uvx: true })), /not trusted/);
  await check(ALL, { trusted, userPath: "/user/maze-lsp", workspacePath: "x" }, "/user/maze-lsp", "maze.server.path");
});

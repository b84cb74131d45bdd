// A workspace that is not trusted: it chooses no program, no endpoint and no model.

const assert = require("node:assert/strict");
const vscode = require("vscode");
const { api, open, runner, until } = require("./support.cjs");

exports.run = runner({
  "starts nothing of its own accord": async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    await open("total.py");
    const { maze } = await api();
    await until(() => maze.status.words.startsWith("error"), "the word that nothing is started");
    assert.equal(maze.isRunning, false);
  },

  "takes the program that the user's own settings name, and tells it": async () => {
    const { maze } = await api();
    const section = vscode.workspace.getConfiguration("maze.server");
    await section.update("path", process.env.MAZE_TEST_SERVER, vscode.ConfigurationTarget.Global);
    await until(() => maze.isRunning, "the server");
    assert.equal(maze.found.by, "maze.server.path");
  },

  "sees no endpoint of the workspace": async () => {
    const { maze } = await api();
    const section = await maze.section();
    assert.notEqual(section.endpoint, "http://evil.example");
    assert.equal(section.maxTokens, 77);
  },
});

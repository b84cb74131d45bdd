// Activation, settings, the key, edits and undo, restart, a server that ends, disposal: in a trusted workspace.

const assert = require("node:assert/strict");
const vscode = require("vscode");
const { api, open, runner, until, ID } = require("./support.cjs");

const HOLE = "def total(prices: list[float]) -> float:\n    ...\n";
const place = (editor) => ({
  uri: editor.document.uri.toString(),
  version: editor.document.version,
  range: { start: { line: 1, character: 4 }, end: { line: 1, character: 7 } },
});

async function changed(editor, text) {
  const whole = new vscode.Range(0, 0, editor.document.lineCount, 0);
  await editor.edit((builder) => builder.replace(whole, text));
}

exports.run = runner({
  "is active once a file of its languages is open": async () => {
    const extension = vscode.extensions.getExtension(ID);
    await open("total.py");
    await until(() => extension.isActive, "activation");
    const { maze } = await api();
    await until(() => maze.isRunning, "the server");
    assert.equal(maze.found.by, "PATH");
    assert.equal(maze.serverVersion, extension.packageJSON.version);
  },

  "sends what is set, and no defaults": async () => {
    const { maze } = await api();
    const section = vscode.workspace.getConfiguration("maze");
    assert.equal(section.get("maxTokens"), 256);
    assert.deepEqual(Object.keys(await maze.section()).sort(), ["dialect", "endpoint", "inlineDebounce", "seed"]);
    await section.update("maxTokens", 99, vscode.ConfigurationTarget.Workspace);
    assert.equal((await maze.section()).maxTokens, 99);
    await section.update("maxTokens", undefined, vscode.ConfigurationTarget.Workspace);
    assert.equal((await maze.section()).maxTokens, undefined);
  },

  "keeps a key for one address and gives it to no other": async () => {
    const { maze } = await api();
    const { endpoint } = await maze.section();
    await maze.keys.set(`${endpoint}/v1`, "secret");
    assert.equal((await maze.section()).api_key, "secret");
    await maze.keys.set(endpoint, "");
    await maze.keys.set("https://elsewhere.example", "other");
    assert.equal((await maze.section()).api_key, undefined);
    await maze.keys.set("https://elsewhere.example", "");
  },

  "makes one edit that one undo takes back": async () => {
    const editor = await open("total.py");
    const { maze, spans } = await api();
    const outcome = await maze.call("maze.generate", place(editor));
    assert.equal(outcome.status, "applied", outcome.message);
    assert.match(editor.document.getText(), /return sum\(prices\)/);
    await until(() => spans.find(outcome.id), "the span");
    await vscode.commands.executeCommand("undo");
    assert.equal(editor.document.getText(), HOLE);
  },

  "fills all holes of a file as one undo step": async () => {
    const editor = await open("two.py");
    const before = editor.document.getText();
    const { holes } = await api();
    assert.equal(await holes.fill([editor.document]), 2);
    assert.equal(editor.document.getText().match(/return sum\(prices\)/g).length, 2);
    assert.match(editor.document.getText(), /except ValueError:\n        pass/);
    await vscode.commands.executeCommand("undo");
    assert.equal(editor.document.getText(), before);
  },

  "keeps typing and generating apart": async () => {
    const editor = await open("total.py");
    const { maze } = await api();
    const running = maze.call("maze.generate", place(editor));
    await editor.edit((builder) => builder.insert(new vscode.Position(0, 0), "import os\n"));
    const outcome = await running;
    assert.equal(outcome.status, "applied", outcome.message);
    assert.match(editor.document.getText(), /^import os\n.*\n    return sum\(prices\)/);
    await changed(editor, HOLE);
  },

  "shows suggestions by the library's client": async () => {
    const editor = await open("total.py");
    const at = new vscode.Position(1, 7);
    await changed(editor, "def total(prices: list[float]) -> float:\n    ret");
    const answer = await until(async () => {
      const list = await vscode.commands.executeCommand(
        "vscode.executeInlineCompletionItemProvider", editor.document.uri, at,
      ).then((found) => found, () => undefined);
      return list ?? "unsupported";
    }, "a suggestion");
    assert.ok(answer);
    await changed(editor, HOLE);
  },

  "restarts": async () => {
    const { maze } = await api();
    const before = maze.serverPid;
    await vscode.commands.executeCommand("maze.restart");
    await until(() => maze.isRunning && maze.serverPid !== before, "another server");
    const editor = await open("total.py");
    const outcome = await maze.call("maze.generate", place(editor));
    assert.equal(outcome.status, "applied", outcome.message);
    await changed(editor, HOLE);
  },

  "begins again when the server is killed": async () => {
    const { maze } = await api();
    const before = maze.serverPid;
    process.kill(before, "SIGKILL");
    await until(() => maze.isRunning && maze.serverPid !== before, "another server");
    const editor = await open("total.py");
    const outcome = await until(() => maze.call("maze.generate", place(editor)), "an answer");
    assert.equal(outcome.status, "applied", outcome.message);
    await changed(editor, HOLE);
  },

  "a path that is set wrongly is said, and one that is right is taken at once": async () => {
    const { maze } = await api();
    const section = vscode.workspace.getConfiguration("maze.server");
    await section.update("path", "/nowhere/maze-lsp", vscode.ConfigurationTarget.Global);
    await until(() => !maze.isRunning && maze.status.words.startsWith("error"), "an error");
    await section.update("path", undefined, vscode.ConfigurationTarget.Global);
    await until(() => maze.isRunning, "the server");
  },

  "gives the debug information without the key": async () => {
    const { maze } = await api();
    const { endpoint } = await maze.section();
    await maze.keys.set(endpoint, "secret");
    await vscode.commands.executeCommand("maze.debugInformation");
    const text = vscode.window.activeTextEditor.document.getText();
    assert.match(text, /server version: \d/);
    assert.ok(!text.includes("secret"));
    await maze.keys.set(endpoint, "");
  },

  "ends its server when it is stopped": async () => {
    const { maze } = await api();
    const pid = maze.serverPid;
    await vscode.commands.executeCommand("maze.stop");
    assert.equal(maze.isRunning, false);
    await until(() => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    }, "the end of the process");
  },
});

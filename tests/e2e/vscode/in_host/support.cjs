// Tests inside the extension host: a list of named steps, one after the other.

const vscode = require("vscode");

const PATIENCE = 30000;
const ID = "maze-lsp.maze-lsp";

async function until(condition, what) {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    const found = await condition();
    if (found) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it never came: ${what}`);
}

async function open(name) {
  const folder = vscode.workspace.workspaceFolders[0].uri;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder, name));
  return vscode.window.showTextDocument(document);
}

async function api() {
  return (await vscode.extensions.getExtension(ID).activate());
}

function runner(steps) {
  return async function run() {
    const failed = [];
    for (const [name, step] of Object.entries(steps)) {
      try {
        await step();
        console.log(`passed: ${name}`);
      } catch (error) {
        failed.push(`${name}: ${error.stack ?? error}`);
        console.log(`FAILED: ${name}: ${error.stack ?? error}`);
      }
    }
    if (failed.length) {
      throw new Error(failed.join("\n"));
    }
  };
}

module.exports = { api, open, runner, until, ID };

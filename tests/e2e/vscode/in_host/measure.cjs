// Measures: activation, and many generated edits through the editor's client, each taken back by one undo.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const vscode = require("vscode");
const { api, open, runner, until, ID } = require("./support.cjs");

const tell = (what) => console.log(`measured: ${JSON.stringify(what)}`);
const quantile = (sorted, at) => sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))];
const memory = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

exports.run = runner({
  "activation": async () => {
    const extension = vscode.extensions.getExtension(ID);
    if (extension.isActive) {
      tell({ activation: "was over before it could be measured" });
      return;
    }
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    await extension.activate();
    const used = process.cpuUsage(cpu);
    tell({ activation_ms: Math.round(performance.now() - began), of_processor_time_ms: Math.round((used.user + used.system) / 1000) });
  },

  "edits": async () => {
    const number = Number(fs.readFileSync(vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, "edits").fsPath));
    const editor = await open("total.py");
    const { maze } = await api();
    await until(() => maze.isRunning, "the server");
    const before = editor.document.getText();
    const times = [];
    let [wrong, kept, first] = [0, 0, 0];
    for (let done = 0; done < number; done += 1) {
      const range = { start: { line: 1, character: 4 }, end: { line: 1, character: 7 } };
      const began = performance.now();
      const outcome = await maze.call("maze.generate", { uri: editor.document.uri.toString(), version: editor.document.version, range });
      times.push(performance.now() - began);
      const expected = before.replace("...", outcome.text ?? "?");
      wrong += outcome.status !== "applied" || editor.document.getText() !== expected;
      await vscode.commands.executeCommand("undo");
      kept += editor.document.getText() !== before;
      if (done === Math.floor(number / 10)) {
        first = memory(maze.serverPid);
      }
    }
    times.sort((one, other) => one - other);
    tell({ edits: number, texts_that_differ: wrong, undos_that_do_not_restore: kept, median_ms: Math.round(quantile(times, 0.5)),
      p95_ms: Math.round(quantile(times, 0.95)), server_mb_after_a_tenth: Math.round(first), grown_by_mb: Math.round(10 * (memory(maze.serverPid) - first)) / 10 });
  },
});

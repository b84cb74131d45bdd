// What the command palette, the menus and the keys reach. Commands that the server has are not repeated here.

import * as os from "node:os";
import * as vscode from "vscode";
import { fromRange, type Maze } from "./maze";
import type { Holes } from "./holes";
import type { Outcome, Place } from "./protocol";
import type { RecordView } from "./record";
import type { Reviews } from "./review";
import { idOf } from "./tree";

const WALKTHROUGH = "getStarted";

export interface Parts {
  holes: Holes;
  records: RecordView;
  reviews: Reviews;
}

export function commands(maze: Maze, { holes, records, reviews }: Parts): Record<string, (...args: never[]) => unknown> {
  return {
    "maze.listHoles": () => holes.listFile(),
    "maze.listProjectHoles": () => holes.listProject(),
    "maze.fillFile": () => holes.fillFile(),
    "maze.fillProject": () => holes.fillProject(),
    "maze.showRecord": (argument?: unknown) => records.show(idOf(argument)),
    "maze.acceptSpan": (argument?: unknown) => maze.call("maze.accept", { id: idOf(argument) }),
    "maze.regenerateSpan": (argument?: unknown) => maze.call("maze.regenerate", { id: idOf(argument) }),
    "maze.review.accept": (id?: string) => reviews.answer("maze.accept", id),
    "maze.review.acceptLine": (id?: string) => reviews.answer("maze.accept", id, 1),
    "maze.review.reject": (id?: string) => reviews.answer("maze.reject", id),
    "maze.review.regenerate": (id?: string) => reviews.answer("maze.regenerate", id),
    "maze.generateHere": () =>
      vscode.commands.executeCommand("editor.action.codeAction", { kind: "refactor.rewrite.generate", apply: "never" }),
    "maze.generateWithInstruction": (place?: Place) => withInstruction(maze, place),
    "maze.cancelGeneration": () => maze.call("maze.cancel", {}),
    "maze.restart": () => maze.restart(),
    "maze.stop": () => maze.stop(),
    "maze.showLogs": () => maze.log.show(),
    "maze.debugInformation": () => debugInformation(maze),
    "maze.setApiKey": () => maze.keys.ask(),
    "maze.selectServer": () => selectServer(),
    "maze.setEndpoint": () => setEndpoint(),
    "maze.toggleReview": () => toggleReview(),
    "maze.openSettings": () =>
      vscode.commands.executeCommand("workbench.action.openSettings", `@ext:${maze.context.extension.id}`),
    "maze.openWalkthrough": () =>
      vscode.commands.executeCommand(
        "workbench.action.openWalkthrough",
        `${maze.context.extension.id}#${WALKTHROUGH}`,
        false,
      ),
    "maze.menu": () => menu(maze),
  };
}

async function withInstruction(maze: Maze, place?: Place): Promise<Outcome | undefined> {
  const at = place ?? here();
  if (!at) {
    return undefined;
  }
  const intent = await vscode.window.showInputBox({
    title: "Generate constrained",
    prompt: "What is to be written here? It shapes what the model is asked, never the constraint.",
    placeHolder: "sort by price, highest first",
  });
  return intent === undefined ? undefined : maze.call<Outcome>("maze.generate", { ...at, intent });
}

function here(): Place | undefined {
  const editor = vscode.window.activeTextEditor;
  return editor && { uri: editor.document.uri.toString(), version: editor.document.version, range: fromRange(editor.selection) };
}

async function selectServer(): Promise<void> {
  const [chosen] =
    (await vscode.window.showOpenDialog({ title: "Maze: choose the program maze-lsp", openLabel: "Use This Server" })) ?? [];
  if (chosen) {
    const section = vscode.workspace.getConfiguration("maze.server");
    await section.update("path", chosen.fsPath, vscode.ConfigurationTarget.Global);
  }
}

async function setEndpoint(): Promise<void> {
  const section = vscode.workspace.getConfiguration("maze");
  const endpoint = await vscode.window.showInputBox({
    title: "Maze: address of the inference service",
    prompt: "A llama.cpp or vLLM server. Empty: the small model on this machine.",
    placeHolder: "http://gpu-box:8000",
    value: section.get<string>("endpoint") ?? "",
  });
  if (endpoint !== undefined) {
    await section.update("endpoint", endpoint.trim() || undefined, vscode.ConfigurationTarget.Global);
  }
}

async function toggleReview(): Promise<void> {
  const section = vscode.workspace.getConfiguration("maze");
  const review = !section.get<boolean>("review");
  await section.update("review", review, vscode.ConfigurationTarget.Global);
  void vscode.window.showInformationMessage(
    review ? "Maze: texts wait until you accept them." : "Maze: texts are inserted as soon as they are verified.",
  );
}

async function menu(maze: Maze): Promise<void> {
  const entries: [label: string, command: string][] = [
    ["$(sparkle) Generate constrained…", "maze.generateHere"],
    ["$(list-unordered) Holes of this file", "maze.listHoles"],
    ["$(run-all) Fill all holes of this file", "maze.fillFile"],
    ["$(info) Record of the generated code here", "maze.showRecord"],
    ["$(output) Show log", "maze.showLogs"],
    ["$(debug-restart) Restart server", "maze.restart"],
    ["$(settings-gear) Settings", "maze.openSettings"],
    ["$(key) Set key of the service", "maze.setApiKey"],
  ];
  const picked = await vscode.window.showQuickPick(
    entries.map(([label, command]) => ({ label, command })),
    { title: `Maze: ${maze.status.words}` },
  );
  if (picked) {
    await vscode.commands.executeCommand(picked.command);
  }
}

function hidden(key: string, value: unknown): unknown {
  return key === "api_key" ? "(set)" : value;
}

async function debugInformation(maze: Maze): Promise<void> {
  const values = await maze.section();
  const content = [
    `extension: ${maze.version}`,
    `editor: ${vscode.env.appName} ${vscode.version} (${vscode.env.appHost}${vscode.env.remoteName ? `, ${vscode.env.remoteName}` : ""})`,
    `system: ${process.platform} ${os.release()} ${process.arch}`,
    `server: ${maze.found ? `${maze.found.command} ${maze.found.args.join(" ")}` : "not found"}`,
    `server found by: ${maze.found?.by ?? "nothing"}`,
    `server version: ${maze.serverVersion ?? "not running"}`,
    `server process: ${maze.isRunning ? maze.serverPid : "none"}`,
    `status: ${maze.status.words}`,
    `workspace: ${vscode.workspace.isTrusted ? "trusted" : "not trusted"}, ${vscode.workspace.workspaceFolders?.length ?? 0} folders`,
    `settings: ${JSON.stringify(values, hidden, 2)}`,
    "",
  ].join("\n");
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: "yaml" }));
}

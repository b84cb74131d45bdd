// Puts the parts together. Nothing is waited for: the server starts while the editor goes on.

import * as vscode from "vscode";
import { commands } from "./commands";
import { Maze } from "./maze";

let maze: Maze | undefined;

export function activate(context: vscode.ExtensionContext): { maze: Maze } {
  const log = vscode.window.createOutputChannel("Maze", { log: true });
  const made = new Maze(context, log);
  maze = made;
  context.subscriptions.push(
    log,
    ...Object.entries(commands(made)).map(([name, run]) => vscode.commands.registerCommand(name, run as () => unknown)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("maze.server")) {
        void made.restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void made.restart()),
  );
  void made.start();
  return { maze: made };
}

export async function deactivate(): Promise<void> {
  await maze?.dispose();
  maze = undefined;
}

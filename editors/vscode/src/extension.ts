// Puts the parts together. Nothing is waited for: the server starts while the editor goes on.

import * as vscode from "vscode";
import { commands } from "./commands";
import { Holes } from "./holes";
import { Marks } from "./marks";
import { Maze } from "./maze";
import { RecordView } from "./record";
import { Reviews } from "./review";
import { Spans } from "./spans";
import { Suggestions } from "./suggestions";
import { Tree } from "./tree";

/** What tests in the extension host reach. */
export interface Api {
  maze: Maze;
  spans: Spans;
  holes: Holes;
}

let maze: Maze | undefined;

export function activate(context: vscode.ExtensionContext): Api {
  const log = vscode.window.createOutputChannel("Maze", { log: true });
  const made = new Maze(context, log);
  maze = made;
  const spans = new Spans(made);
  const records = new RecordView(made, spans);
  const reviews = new Reviews(made);
  const holes = new Holes(made, (context.extension.packageJSON as { fileExtensions: string[] }).fileExtensions);
  context.subscriptions.push(
    log,
    spans,
    records,
    reviews,
    new Marks(spans),
    new Suggestions(made),
    new Tree(made, spans),
    ...Object.entries(commands(made, { holes, records, reviews })).map(([name, run]) => vscode.commands.registerCommand(name, run as () => unknown)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("maze.server")) {
        void made.restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void made.restart()),
  );
  void made.start();
  return { maze: made, spans, holes };
}

export async function deactivate(): Promise<void> {
  await maze?.dispose();
  maze = undefined;
}

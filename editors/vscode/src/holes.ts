// The holes of a file and of the project: listed, and filled all at once, with one progress and one undo step a file.

import * as path from "node:path";
import * as vscode from "vscode";
import { type Maze, toRange } from "./maze";
import type { HoleInfo, Outcome } from "./protocol";

const MOST_FILES = 2000;
const EXCLUDED = "**/{node_modules,.git,.venv,venv,target,dist,build,__pycache__}/**";

interface Item extends vscode.QuickPickItem {
  hole?: HoleInfo;
  button?: string;
}

export class Holes {
  private filling = false;

  constructor(
    private readonly maze: Maze,
    private readonly extensions: readonly string[],
  ) {}

  /** The holes of a document; those that `fill` takes, where `bulk`. */
  async of(document: vscode.TextDocument, bulk = false): Promise<HoleInfo[]> {
    const answer = await this.maze.call<HoleInfo[]>("maze.holes", { uri: document.uri.toString() });
    const holes = Array.isArray(answer) ? answer : [];
    return bulk ? holes.filter((hole) => hole.bulk) : holes;
  }

  async listFile(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (document) {
      await this.pick(`Holes of ${path.basename(document.fileName)}`, [document]);
    }
  }

  async listProject(): Promise<void> {
    await this.pick("Holes of the project", await this.files());
  }

  private async pick(title: string, documents: vscode.TextDocument[]): Promise<void> {
    const items: Item[] = [];
    for (const document of documents) {
      const holes = await this.of(document);
      if (holes.length && documents.length > 1) {
        const label = vscode.workspace.asRelativePath(document.uri);
        items.push({ label, kind: vscode.QuickPickItemKind.Separator });
      }
      items.push(...holes.map((hole) => item(document, hole)));
    }
    if (!items.some((one) => one.hole)) {
      void vscode.window.showInformationMessage("Maze: there are no holes here.");
      return;
    }
    const picked = await vscode.window.showQuickPick(items, {
      title,
      placeHolder: "Choose a hole to go to it",
      matchOnDescription: true,
    });
    if (picked?.hole) {
      const selection = toRange({ start: picked.hole.range.start, end: picked.hole.range.start });
      await vscode.window.showTextDocument(vscode.Uri.parse(picked.hole.uri), { selection });
    }
  }

  async fillFile(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    await this.fill(document ? [document] : []);
  }

  async fillProject(): Promise<void> {
    const documents = await this.files();
    const counted: [vscode.TextDocument, number][] = [];
    for (const document of documents) {
      counted.push([document, (await this.of(document, true)).length]);
    }
    const some = counted.filter(([, count]) => count > 0);
    const holes = some.reduce((sum, [, count]) => sum + count, 0);
    if (!holes) {
      void vscode.window.showInformationMessage("Maze: there are no holes to fill in this project.");
      return;
    }
    const words = `Fill ${holes} holes in ${some.length} files?`;
    const detail = "Each file can be taken back by one undo. Nothing is saved.";
    if ((await vscode.window.showWarningMessage(words, { modal: true, detail }, "Fill")) === "Fill") {
      await this.fill(some.map(([document]) => document));
    }
  }

  /** Fill all holes of some documents. What belongs where it stands (`pass` in an `except`, say) is left. */
  async fill(documents: vscode.TextDocument[]): Promise<number> {
    if (this.filling) {
      void vscode.window.showInformationMessage("Maze: holes are being filled already.");
      return 0;
    }
    this.filling = true;
    const options = { location: vscode.ProgressLocation.Notification, title: "Maze: filling holes", cancellable: true };
    try {
      return await vscode.window.withProgress(options, (progress, cancelled) => this.each(documents, progress, cancelled));
    } finally {
      this.filling = false;
    }
  }

  private async each(
    documents: vscode.TextDocument[],
    progress: vscode.Progress<{ message?: string; increment?: number }>,
    cancelled: vscode.CancellationToken,
  ): Promise<number> {
    let [filled, failed] = [0, 0];
    cancelled.onCancellationRequested(() => void this.maze.call("maze.cancel", {}));
    for (const document of documents) {
      const first = (await this.of(document, true)).length;
      if (!first || cancelled.isCancellationRequested) {
        continue;
      }
      const editor = await shownEditor(document);
      const stop = this.maze.joinEdits(editor);
      try {
        // From the end of the file to its beginning: what is filled moves nothing that is still to be filled.
        const holes = (await this.of(document, true)).reverse();
        for (const [number, hole] of holes.entries()) {
          if (cancelled.isCancellationRequested) {
            break;
          }
          const name = path.basename(document.fileName);
          progress.report({ message: `${name}: ${number + 1} of ${holes.length}`, increment: 100 / holes.length / documents.length });
          const outcome = await this.maze.call<Outcome>("maze.generate", { ...hole, marker: undefined, review: false });
          if (outcome?.status === "applied") {
            filled += 1;
          } else if (!cancelled.isCancellationRequested) {
            failed += 1;
            this.maze.log.info(`${name}, line ${hole.range.start.line + 1}: ${outcome?.message ?? "no answer"}`);
          }
        }
      } finally {
        stop();
      }
    }
    const left = failed ? `, ${failed} could not be (the log says why)` : "";
    void vscode.window.showInformationMessage(`Maze: ${filled} hole${filled === 1 ? " was" : "s were"} filled${left}.`);
    return filled;
  }

  /** The project's files of the languages that the server knows. */
  private async files(): Promise<vscode.TextDocument[]> {
    const glob = `**/*{${this.extensions.join(",")}}`;
    const uris = await vscode.workspace.findFiles(glob, EXCLUDED, MOST_FILES);
    uris.sort((one, other) => one.path.localeCompare(other.path));
    const documents: vscode.TextDocument[] = [];
    for (const uri of uris) {
      try {
        documents.push(await vscode.workspace.openTextDocument(uri));
      } catch {
        // Binary or too large: nothing to fill there.
      }
    }
    return documents;
  }
}

async function shownEditor(document: vscode.TextDocument): Promise<vscode.TextEditor> {
  const there = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  return there ?? vscode.window.showTextDocument(document, { preserveFocus: true, preview: false });
}

function item(document: vscode.TextDocument, hole: HoleInfo): Item {
  const line = document.lineAt(Math.min(hole.range.start.line, document.lineCount - 1));
  return {
    label: `$(circle-large-outline) ${hole.kind}`,
    description: `line ${hole.range.start.line + 1}${hole.bulk ? "" : ", left alone by Fill All Holes"}`,
    detail: line.text.trim() || hole.marker.trim(),
    hole,
  };
}

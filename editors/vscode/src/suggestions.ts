// Suggestions at the cursor are shown by the library. Here is what it does not tell: that a part of one was taken.

import * as vscode from "vscode";
import type { Maze } from "./maze";

interface Shown {
  id: string;
  uri: string;
  /** The whole suggestion, as it was first shown, and how much of it stands in the document already. */
  text: string;
  done: number;
  at: vscode.Position;
}

export class Suggestions implements vscode.Disposable {
  private shown: Shown | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly maze: Maze) {
    maze.onSuggestion(({ uri, item }) => this.take(uri, item));
    this.subscription = vscode.workspace.onDidChangeTextDocument((event) => this.follow(event));
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private take(uri: string, item: vscode.InlineCompletionItem): void {
    const [argument] = (item.command?.arguments ?? []) as [{ id?: string }?];
    if (!argument?.id || typeof item.insertText !== "string" || !item.range) {
      this.shown = undefined;
      return;
    }
    const known = this.shown?.id === argument.id && this.shown.text.endsWith(item.insertText) ? this.shown.text : item.insertText;
    const done = known.length - item.insertText.length;
    this.shown = { id: argument.id, uri, text: known, done, at: item.range.start };
  }

  private follow({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const { shown } = this;
    const [change] = contentChanges;
    if (!shown || !change || document.uri.toString() !== shown.uri) {
      return;
    }
    const rest = shown.text.slice(shown.done);
    if (contentChanges.length > 1 || !rest.startsWith(change.text) || !change.range.start.isEqual(shown.at)) {
      this.shown = undefined;
      return;
    }
    shown.done += change.text.length;
    shown.at = document.positionAt(document.offsetAt(change.range.start) + change.text.length);
    // One character may have been typed; the whole of it is told by the suggestion's own command.
    if (change.text.length > 1 && shown.done < shown.text.length) {
      const length = [...shown.text.slice(0, shown.done)].length;
      const part = change.text.includes("\n") ? "line" : "word";
      void this.maze.call("maze.acceptInline", { id: shown.id, length, part });
    }
  }
}

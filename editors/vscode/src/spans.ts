// What is generated in the open documents: asked for when it may have changed, kept until it changes again.

import * as vscode from "vscode";
import type { Maze } from "./maze";
import type { SpanInfo } from "./protocol";

const SETTLE = 250;

export class Spans implements vscode.Disposable {
  readonly onChange: vscode.Event<void>;
  private readonly known = new Map<string, SpanInfo[]>();
  private readonly due = new Set<string>();
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly maze: Maze) {
    this.onChange = this.changed.event;
    this.subscriptions = [
      this.changed,
      maze.onTouched((uri) => this.ask(uri ? [uri] : visible())),
      maze.onRunning((running) => (running ? this.ask(open(maze.selector)) : this.forget())),
      vscode.window.onDidChangeVisibleTextEditors(() => this.ask(visible())),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        const uri = document.uri.toString();
        if (contentChanges.length && this.known.has(uri)) {
          this.ask([uri]);
        }
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (this.known.delete(uri.toString())) {
          this.changed.fire();
        }
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  of(uri: string): readonly SpanInfo[] {
    return this.known.get(uri) ?? [];
  }

  /** The documents with generated text, by URI. */
  all(): ReadonlyMap<string, readonly SpanInfo[]> {
    return this.known;
  }

  find(id: string): SpanInfo | undefined {
    return [...this.known.values()].flat().find((span) => span.id === id);
  }

  private ask(uris: Iterable<string>): void {
    for (const uri of uris) {
      this.due.add(uri);
    }
    this.timer ??= setTimeout(() => void this.refresh(), SETTLE);
  }

  private async refresh(): Promise<void> {
    this.timer = undefined;
    const due = [...this.due];
    this.due.clear();
    if (!this.maze.isRunning || !this.maze.knows("maze.spans")) {
      return;
    }
    for (const uri of due) {
      const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri);
      if (!document || !vscode.languages.match(this.maze.selector, document)) {
        continue;
      }
      const answer = await this.maze.call<SpanInfo[]>("maze.spans", { uri });
      if (Array.isArray(answer) && answer.length) {
        this.known.set(uri, answer);
      } else {
        this.known.delete(uri);
      }
    }
    this.changed.fire();
  }

  private forget(): void {
    this.known.clear();
    this.changed.fire();
  }
}

function visible(): string[] {
  return vscode.window.visibleTextEditors.map((editor) => editor.document.uri.toString());
}

function open(selector: vscode.DocumentSelector): string[] {
  return vscode.workspace.textDocuments
    .filter((document) => vscode.languages.match(selector, document))
    .map((document) => document.uri.toString());
}

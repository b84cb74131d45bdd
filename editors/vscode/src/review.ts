// Texts that wait for the user's word (the setting `maze.review`): drawn like live text, with lenses above them.

import * as vscode from "vscode";
import { type Maze, toRange } from "./maze";
import type { Preview } from "./protocol";

/** `maze/proposal`: `text` would fill `range`; with `done` it was taken, rejected, or has lost its place. */
export interface Proposal extends Preview {
  verdict: string;
  model: string;
  tokens: number;
}

export class Reviews implements vscode.CodeLensProvider, vscode.Disposable {
  readonly onDidChangeCodeLenses: vscode.Event<void>;
  private readonly waiting = new Map<string, Proposal>();
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly maze: Maze) {
    this.onDidChangeCodeLenses = this.changed.event;
    this.subscriptions = [
      this.changed,
      vscode.languages.registerCodeLensProvider(maze.selector, this),
      vscode.window.onDidChangeActiveTextEditor(() => this.tell()),
      maze.onProposal((proposal) => this.take(proposal)),
      maze.onRunning(() => this.clear()),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    return this.of(document).flatMap((proposal) => {
      const range = toRange({ start: proposal.range.start, end: proposal.range.start });
      const lens = (title: string, command: string): vscode.CodeLens =>
        new vscode.CodeLens(range, { title, command, arguments: [proposal.id] });
      return [
        lens(`$(check) Accept (${proposal.verdict})`, "maze.review.accept"),
        lens("$(arrow-down) Accept Line", "maze.review.acceptLine"),
        lens("$(close) Reject", "maze.review.reject"),
        lens("$(refresh) Regenerate", "maze.review.regenerate"),
      ];
    });
  }

  /** Run a command for a proposal, by default the one nearest to the cursor. */
  async answer(command: "maze.accept" | "maze.reject" | "maze.regenerate", id?: string, lines?: number): Promise<void> {
    const meant = id ?? this.nearest()?.id;
    if (meant) {
      await this.maze.call(command, lines ? { id: meant, lines } : { id: meant });
    }
  }

  private nearest(): Proposal | undefined {
    const editor = vscode.window.activeTextEditor;
    if (!editor) {
      return undefined;
    }
    const line = editor.selection.active.line;
    const away = (proposal: Proposal): number => Math.abs(proposal.range.start.line - line);
    return this.of(editor.document).sort((one, other) => away(one) - away(other))[0];
  }

  private of(document: vscode.TextDocument): Proposal[] {
    const uri = document.uri.toString();
    return [...this.waiting.values()].filter((proposal) => vscode.Uri.parse(proposal.uri).toString() === uri);
  }

  private take(proposal: Proposal): void {
    if (proposal.done) {
      this.waiting.delete(proposal.id);
    } else {
      this.waiting.set(proposal.id, proposal);
    }
    this.maze.previews.take({ ...proposal, id: `proposal ${proposal.id}` });
    this.tell();
  }

  private clear(): void {
    this.waiting.clear();
    this.tell();
  }

  private tell(): void {
    const editor = vscode.window.activeTextEditor;
    const here = editor ? this.of(editor.document).length > 0 : false;
    void vscode.commands.executeCommand("setContext", "maze.reviewing", here);
    this.changed.fire();
  }
}

// Live text, drawn where it will stand: its first line within the line of the hole, the others over the lines below.
// The document is not changed. Nothing here can be accepted: what is shown has not been verified yet.

import * as vscode from "vscode";
import type { Preview } from "./protocol";

const INTERVAL = 60;
const MOST_LINES = 200;

interface Live {
  uri: string;
  range: vscode.Range;
  text: string;
}

export class Previews implements vscode.Disposable {
  private readonly live = new Map<string, Live>();
  private readonly text = vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  private readonly replaced = vscode.window.createTextEditorDecorationType({ opacity: "0.35" });
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly toRange: (range: Preview["range"]) => vscode.Range) {
    this.subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => this.follow(event)),
      vscode.window.onDidChangeVisibleTextEditors(() => this.later()),
    ];
  }

  dispose(): void {
    this.clear();
    clearTimeout(this.timer);
    vscode.Disposable.from(this.text, this.replaced, ...this.subscriptions).dispose();
  }

  /** How many texts are shown. */
  get size(): number {
    return this.live.size;
  }

  /** What is shown of a generation, for tests. */
  shown(): string[] {
    return [...this.live.values()].map((live) => live.text);
  }

  take(preview: Preview): void {
    const known = this.live.get(preview.id);
    if (preview.done) {
      this.live.delete(preview.id);
      this.draw();
      return;
    }
    if (known) {
      known.text = preview.text;
    } else {
      const { id, uri, text } = preview;
      this.live.set(id, { uri: vscode.Uri.parse(uri).toString(), range: this.toRange(preview.range), text });
    }
    this.later();
  }

  /** Take everything off: the server is gone. */
  clear(): void {
    if (this.live.size) {
      this.live.clear();
      this.draw();
    }
  }

  private later(): void {
    this.timer ??= setTimeout(() => this.draw(), INTERVAL);
  }

  private draw(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const editor of vscode.window.visibleTextEditors) {
      const uri = editor.document.uri.toString();
      const here = [...this.live.values()].filter((live) => live.uri === uri);
      editor.setDecorations(this.text, here.map((live) => drawn(editor.document, live)));
      editor.setDecorations(
        this.replaced,
        here.map((live) => live.range),
      );
    }
  }

  /** Move what is shown along with edits above it. */
  private follow(event: vscode.TextDocumentChangeEvent): void {
    const uri = event.document.uri.toString();
    for (const live of this.live.values()) {
      for (const change of live.uri === uri ? event.contentChanges : []) {
        if (change.range.end.isBeforeOrEqual(live.range.start) && change.range.end.line < live.range.start.line) {
          const lines = change.text.split("\n").length - 1 - (change.range.end.line - change.range.start.line);
          live.range = new vscode.Range(live.range.start.translate(lines), live.range.end.translate(lines));
        }
      }
    }
  }
}

function drawn(document: vscode.TextDocument, live: Live): vscode.DecorationOptions {
  const start = live.range.start;
  const lines = live.text.split(/\r?\n/);
  const head = document.lineAt(Math.min(start.line, document.lineCount - 1)).text.slice(0, start.character);
  // A text that brings the indentation of its first line, at a hole that stands behind it, needs it once.
  const [first = "", ...rest] = lines;
  const color = new vscode.ThemeColor("maze.previewForeground");
  const at = new vscode.Range(start, start);
  const before: vscode.ThemableDecorationAttachmentRenderOptions = {
    contentText: (head.trim() ? first : first || "").replaceAll(" ", "\u00a0") || "…",
    color,
    fontStyle: "italic",
  };
  if (!rest.length) {
    return { range: at, renderOptions: { before } };
  }
  return { range: at, renderOptions: { before, after: { contentText: "", color, fontStyle: "italic", textDecoration: below(rest) } } };
}

/** The style of a box below the line: the editor has no virtual lines, but takes any style here. */
function below(lines: string[]): string {
  const shown = lines.length > MOST_LINES ? ["…", ...lines.slice(-MOST_LINES)] : lines;
  const text = shown.map(quoted).join("\\A ");
  return [
    "none",
    `content: "${text}"`,
    "position: absolute",
    "left: 0",
    "top: 100%",
    "white-space: pre",
    "z-index: 10",
    "min-width: 100%",
    "background: var(--vscode-maze-previewBackground)",
    "pointer-events: none",
  ].join("; ");
}

/** A line as the contents of a string in CSS. */
function quoted(line: string): string {
  return line.replace(/[^ !#-\[\]-~\u00a0-\uffff]/g, (char) => `\\${char.charCodeAt(0).toString(16)} `);
}

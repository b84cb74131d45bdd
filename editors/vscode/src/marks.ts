// Quiet marks at generated code: a line beside it, a background, or both (`maze.marks`).

import * as vscode from "vscode";
import { toRange } from "./maze";
import type { Spans } from "./spans";

type Style = "line" | "background" | "both" | "off";

export class Marks implements vscode.Disposable {
  private untouched: vscode.TextEditorDecorationType | undefined;
  private edited: vscode.TextEditorDecorationType | undefined;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly spans: Spans) {
    this.restyle();
    this.subscriptions = [
      spans.onChange(() => this.draw()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.draw()),
      vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("maze.marks") && this.restyle()),
    ];
  }

  dispose(): void {
    this.drop();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private drop(): void {
    this.untouched?.dispose();
    this.edited?.dispose();
    this.untouched = undefined;
    this.edited = undefined;
  }

  private restyle(): void {
    this.drop();
    const style = vscode.workspace.getConfiguration("maze").get<Style>("marks") ?? "line";
    if (style !== "off") {
      this.untouched = vscode.window.createTextEditorDecorationType(look(style, "solid"));
      this.edited = vscode.window.createTextEditorDecorationType(look(style, "dotted"));
    }
    this.draw();
  }

  private draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const here = this.spans.of(editor.document.uri.toString());
      for (const [type, edited] of [[this.untouched, false], [this.edited, true]] as const) {
        if (type) {
          editor.setDecorations(type, here.filter((span) => span.edited === edited).map((span) => toRange(span.range)));
        }
      }
    }
  }
}

function look(style: Style, border: string): vscode.DecorationRenderOptions {
  const color = new vscode.ThemeColor("maze.generatedLine");
  return {
    isWholeLine: true,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    overviewRulerColor: color,
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    ...(style === "background" ? {} : { borderColor: color, borderStyle: border, borderWidth: "0 0 0 2px" }),
    ...(style === "line" ? {} : { backgroundColor: new vscode.ThemeColor("maze.generatedBackground") }),
  };
}

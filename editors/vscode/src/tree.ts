// The view "Generated code": file → generated text → its record.

import * as vscode from "vscode";
import { type Maze, toRange } from "./maze";
import type { Shown, SpanInfo } from "./protocol";
import type { Spans } from "./spans";

type Node = { uri: string } | { span: SpanInfo } | { line: string };

const STATES = { offered: "not accepted yet", accepted: "accepted", rejected: "rejected" };

export class Tree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly onDidChangeTreeData: vscode.Event<void>;
  private readonly view: vscode.TreeView<Node>;

  constructor(
    private readonly maze: Maze,
    private readonly spans: Spans,
  ) {
    this.onDidChangeTreeData = spans.onChange;
    this.view = vscode.window.createTreeView<Node>("maze.generated", { treeDataProvider: this });
  }

  dispose(): void {
    this.view.dispose();
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if ("uri" in node) {
      const item = new vscode.TreeItem(vscode.Uri.parse(node.uri), vscode.TreeItemCollapsibleState.Expanded);
      item.iconPath = vscode.ThemeIcon.File;
      item.id = node.uri;
      item.description = String(this.spans.of(node.uri).length);
      return item;
    }
    if ("line" in node) {
      const [label = "", ...value] = node.line.split(": ");
      const item = new vscode.TreeItem(label);
      item.description = value.join(": ");
      item.tooltip = node.line;
      return item;
    }
    return shown(node.span);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!node) {
      return [...this.spans.all().keys()].sort().map((uri) => ({ uri }));
    }
    if ("uri" in node) {
      return this.spans.of(node.uri).map((span) => ({ span }));
    }
    if ("span" in node) {
      const answer = await this.maze.call<Shown>("maze.showProvenance", { id: node.span.id, show: false });
      return (answer?.lines ?? []).map((line) => ({ line }));
    }
    return [];
  }
}

function shown(span: SpanInfo): vscode.TreeItem {
  const [first, last] = [span.range.start.line + 1, span.range.end.line + 1];
  const item = new vscode.TreeItem(
    `${span.kind}, ${first === last ? `line ${first}` : `lines ${first}–${last}`}`,
    vscode.TreeItemCollapsibleState.Collapsed,
  );
  item.id = span.id;
  item.contextValue = "span";
  item.description = [span.verdict, span.edited ? "edited since" : "", STATES[span.state]].filter(Boolean).join(", ");
  item.iconPath = new vscode.ThemeIcon(span.verdict === "enforced" ? "verified" : "check", color(span));
  item.tooltip = `${span.model}, seed ${span.seed}, ${span.tokens} tokens in ${span.seconds.toFixed(2)} s, ${span.created}`;
  item.command = {
    title: "Show",
    command: "vscode.open",
    arguments: [vscode.Uri.parse(span.uri), { selection: toRange(span.range), preserveFocus: true }],
  };
  return item;
}

function color(span: SpanInfo): vscode.ThemeColor | undefined {
  return span.edited ? undefined : new vscode.ThemeColor("maze.generatedLine");
}

/** The id of what a command of the view is meant for. */
export function idOf(argument: unknown): string | undefined {
  const node = argument as { span?: SpanInfo; id?: string } | undefined;
  return node?.span?.id ?? node?.id;
}

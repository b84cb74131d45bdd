// What the server does, where the editor shows such things: an item of the language status and one of the status bar.

import * as vscode from "vscode";
import type { State } from "./protocol";

const SHOWN: Record<State | "stopped", [icon: string, words: string]> = {
  starting: ["$(loading~spin)", "starting"],
  ready: ["$(check)", "ready"],
  generating: ["$(loading~spin)", "generating"],
  degraded: ["$(warning)", "constraint not enforced by this server"],
  error: ["$(error)", "error"],
  stopped: ["$(circle-slash)", "stopped"],
};

export class StatusItems implements vscode.Disposable {
  private readonly language: vscode.LanguageStatusItem;
  private readonly bar: vscode.StatusBarItem;
  private state: State | "stopped" = "starting";
  private message = "";
  private server = "";
  private running = "";

  constructor(selector: vscode.DocumentSelector) {
    this.language = vscode.languages.createLanguageStatusItem("maze.status", selector);
    this.language.name = "Maze";
    this.bar = vscode.window.createStatusBarItem("maze.status", vscode.StatusBarAlignment.Right, 90);
    this.bar.name = "Maze";
    this.show();
  }

  dispose(): void {
    this.language.dispose();
    this.bar.dispose();
  }

  /** In words, for the debug information and tests. */
  get words(): string {
    return [SHOWN[this.state][1], this.message].filter(Boolean).join(": ");
  }

  set(state: State | "stopped", message = ""): void {
    this.state = state;
    this.message = message;
    this.show();
  }

  /** Which server runs, for the details. */
  serves(server: string): void {
    this.server = server;
    this.show();
  }

  /** What is being generated (`42 tokens, 30/s`); empty when nothing is. */
  progress(words: string): void {
    this.running = words;
    this.show();
  }

  private show(): void {
    const [icon, words] = SHOWN[this.state];
    const bad = this.state === "error" || this.state === "stopped";
    const { language, bar } = this;
    language.text = `Maze: ${words}`;
    language.detail = this.message || this.server;
    language.busy = this.state === "starting" || this.state === "generating";
    language.severity = bad
      ? vscode.LanguageStatusSeverity.Error
      : this.state === "degraded"
        ? vscode.LanguageStatusSeverity.Warning
        : vscode.LanguageStatusSeverity.Information;
    language.command = bad
      ? { title: "Restart", command: "maze.restart" }
      : { title: "Open logs", command: "maze.showLogs" };
    bar.text = this.running ? `$(loading~spin) Maze ${this.running}` : `${icon} Maze`;
    bar.tooltip = this.running
      ? `Maze is generating: ${this.running}. Click, or press Escape in the editor, to cancel.`
      : `Maze: ${this.words}${this.server ? `\n${this.server}` : ""}`;
    bar.accessibilityInformation = { label: `Maze: ${this.running || this.words}` };
    bar.command = this.running ? "maze.cancelGeneration" : "maze.menu";
    if (bad && !this.running) {
      bar.backgroundColor = new vscode.ThemeColor("statusBarItem.errorBackground");
    } else if (this.state === "degraded") {
      bar.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
    } else {
      bar.backgroundColor = undefined;
    }
    bar.show();
  }
}

// Generations under way: the count of tokens in the status bar, Escape, and for those that take longer a notification
// that can be cancelled.

import * as vscode from "vscode";
import type { WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport } from "vscode-languageclient/node";
import type { StatusItems } from "./status";

export type Report = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

const NOTIFY_AFTER = 1500;

interface Under {
  title: string;
  message: string;
  tokens: number;
  began: number | undefined;
  tell: ((message: string) => void) | undefined;
  timer: NodeJS.Timeout;
  ended: () => void;
}

export class Generating {
  private readonly all = new Map<string | number, Under>();

  constructor(
    private readonly status: StatusItems,
    private readonly cancel: (token: string | number) => void,
  ) {}

  get size(): number {
    return this.all.size;
  }

  take(token: string | number, report: Report): void {
    if (report.kind === "begin") {
      this.begin(token, report);
      return;
    }
    const under = this.all.get(token);
    if (!under) {
      return;
    }
    if (report.kind === "end") {
      this.all.delete(token);
      clearTimeout(under.timer);
      under.ended();
      this.changed();
      return;
    }
    under.message = report.message ?? "";
    const tokens = /^(\d+) tokens/.exec(under.message);
    if (tokens) {
      under.tokens = Number(tokens[1]);
      under.began ??= Date.now();
    }
    under.tell?.(under.message);
    this.changed();
  }

  /** The server is gone: nothing runs any more. */
  clear(): void {
    for (const token of [...this.all.keys()]) {
      this.take(token, { kind: "end" });
    }
  }

  private begin(token: string | number, report: WorkDoneProgressBegin): void {
    let ended = (): void => undefined;
    const end = new Promise<void>((resolve) => (ended = resolve));
    const timer = setTimeout(() => this.notify(token, report.title, end), NOTIFY_AFTER);
    const message = report.message ?? "";
    this.all.set(token, { title: report.title, message, tokens: 0, began: undefined, tell: undefined, timer, ended });
    this.changed();
  }

  private notify(token: string | number, title: string, end: Promise<void>): void {
    const under = this.all.get(token);
    if (!under) {
      return;
    }
    const options = { location: vscode.ProgressLocation.Notification, title: `Maze: ${title}`, cancellable: true };
    void vscode.window.withProgress(options, async (progress, cancelled) => {
      cancelled.onCancellationRequested(() => this.cancel(token));
      under.tell = (message) => progress.report({ message });
      under.tell(under.message);
      await end;
    });
  }

  private changed(): void {
    const all = [...this.all.values()];
    void vscode.commands.executeCommand("setContext", "maze.generating", all.length > 0);
    this.status.progress(all.length > 1 ? `${all.length} generations` : all[0] ? words(all[0]) : "");
  }
}

function words(under: Under): string {
  const seconds = under.began ? (Date.now() - under.began) / 1000 : 0;
  if (under.tokens && seconds > 0.3) {
    return `${under.tokens} tokens, ${Math.round(under.tokens / seconds)}/s`;
  }
  return under.message || "…";
}

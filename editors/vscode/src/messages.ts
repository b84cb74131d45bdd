// What the user is told: once, in words, with a way to the log.

import * as vscode from "vscode";
import type { ShowMessageParams } from "vscode-languageclient/node";

/** Kinds of messages, as the protocol numbers them. */
const [ERROR, WARNING] = [1, 2];
const AGAIN_SECONDS = 3;

export class Messages {
  private last = "";
  private at = 0;

  constructor(private readonly log: vscode.LogOutputChannel) {}

  /** A message of the server's. */
  show(params: ShowMessageParams): void {
    if (params.type === ERROR) {
      void this.error(params.message);
    } else if (params.type === WARNING) {
      void this.warn(params.message);
    } else {
      void vscode.window.showInformationMessage(params.message);
    }
  }

  /** An error, with buttons; the one that was chosen. What was just said is not said again. */
  async error(words: string, ...more: string[]): Promise<string | undefined> {
    return this.tell(vscode.window.showErrorMessage, words, more);
  }

  async warn(words: string, ...more: string[]): Promise<string | undefined> {
    return this.tell(vscode.window.showWarningMessage, words, more);
  }

  private async tell(
    show: (words: string, ...buttons: string[]) => Thenable<string | undefined>,
    words: string,
    more: string[],
  ): Promise<string | undefined> {
    if (words === this.last && Date.now() - this.at < AGAIN_SECONDS * 1000) {
      return undefined;
    }
    this.last = words;
    this.at = Date.now();
    this.log.error(words);
    const chosen = await show(words, ...more, "Show Log");
    if (chosen === "Show Log") {
      this.log.show();
    }
    return chosen;
  }
}

// One language server and the connection to it. Loaded when one is started: the library takes longer than all of the rest.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type * as vscode from "vscode";
import {
  type ClientCapabilities,
  LanguageClient,
  type LanguageClientOptions,
  type StaticFeature,
} from "vscode-languageclient/node";
import type { Found } from "./discover";

export { CloseAction, ErrorAction, RevealOutputChannelOn, State } from "vscode-languageclient/node";

const KEPT_LINES = 40;

/** What a process of the server said and how it ended. */
export class Process {
  child: ChildProcess | undefined;
  /** In words: `exit code 1`, `signal SIGKILL`, or why it could not be started. */
  end = "";
  private readonly lines: string[] = [];

  constructor(
    readonly found: Found,
    private readonly cwd: string | undefined,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** The last line of its stderr: of a traceback the one that says something. */
  get lastWords(): string {
    return this.lines.findLast((line) => line.trim())?.trim() ?? "";
  }

  /** Wait until the process has ended, but not for long. */
  async ended(milliseconds: number): Promise<void> {
    const late = Date.now() + milliseconds;
    while (!this.end && Date.now() < late) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async start(): Promise<ChildProcess> {
    this.end = "";
    this.lines.length = 0;
    const { command, args } = this.found;
    const child = spawn(command, args, { cwd: this.cwd, stdio: "pipe" });
    this.child = child;
    child.on("exit", (code, signal) => {
      this.end = signal ? `signal ${signal}` : `exit code ${code}`;
      this.log.info(`the server has ended: ${this.end}`);
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => {
        this.end = error.message;
        reject(error);
      });
    });
    return child;
  }

  /** Take its stderr into the log, at the level that each line names. */
  listen(stderr: NodeJS.ReadableStream): void {
    createInterface({ input: stderr }).on("line", (line) => {
      this.lines.push(line);
      this.lines.splice(0, this.lines.length - KEPT_LINES);
      const level = /\b(ERROR|WARNING|INFO|DEBUG)\b/i.exec(line.slice(0, 60))?.[1]?.toLowerCase();
      if (level === "error") {
        this.log.error(line);
      } else if (level === "warning") {
        this.log.warn(line);
      } else if (level === "debug") {
        this.log.debug(line);
      } else {
        this.log.info(line);
      }
    });
  }
}

/** The library's client, without messages of its own: each error is shown once, by us. */
export class Client extends LanguageClient {
  constructor(process: Process, options: LanguageClientOptions) {
    super("maze", "Maze", () => process.start(), {
      ...options,
      stdioOptions: { stdout: () => undefined, stderr: (input) => process.listen(input) },
    });
    this.registerFeature(new Own());
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override info(message: string, data?: unknown): void {
    super.info(message, data, false);
  }

  override warn(message: string, data?: unknown): void {
    super.warn(message, data, false);
  }
}

/** Says what we can do beside LSP. */
class Own implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...experimental, maze: { preview: true, review: true, instruction: true, timeline: true } };
  }

  initialize(): void {}

  getState(): { kind: "static" } {
    return { kind: "static" };
  }

  clear(): void {}
}

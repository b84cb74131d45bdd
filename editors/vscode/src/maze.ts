// The life of the server: found, started, watched, restarted, stopped. One server serves all folders of the window.

import { constants } from "node:fs";
import { access } from "node:fs/promises";
import * as os from "node:os";
import * as vscode from "vscode";
import type {
  ApplyWorkspaceEditParams,
  CloseHandlerResult,
  LanguageClientOptions,
  ShowMessageParams,
} from "vscode-languageclient/node";
import type { Client, Process } from "./client";
import { discover, type Found, NotFound } from "./discover";
import { Joined } from "./edits";
import { Keys } from "./keys";
import { Messages } from "./messages";
import { Previews } from "./preview";
import { Generating, type Report } from "./progress";
import type { Outcome, Preview, Status } from "./protocol";
import { pythonFolder } from "./python";
import type { Proposal } from "./review";
import { declared, explicit, languages, type Values } from "./settings";
import { StatusItems } from "./status";
import { mismatch } from "./versions";

const RESTARTS = 3;
const RESTARTS_WITHIN = 180_000;
const INSTALL = "How to Install";
const CHOOSE = "Choose Server…";
const RESTART = "Restart";

/** A suggestion at the cursor of a document that is about to be shown. */
export interface Suggested {
  uri: string;
  item: vscode.InlineCompletionItem;
}

export class Maze implements vscode.Disposable {
  readonly messages: Messages;
  readonly status: StatusItems;
  readonly keys: Keys;
  readonly previews: Previews;
  readonly generating: Generating;
  readonly selector: vscode.DocumentFilter[];
  readonly version: string;
  /** Fires when something may have changed in what is generated in a document. */
  readonly onTouched: vscode.Event<string>;
  /** Fires when a server is ready, and when it is gone. */
  readonly onRunning: vscode.Event<boolean>;
  readonly onProposal: vscode.Event<Proposal>;
  readonly onSuggestion: vscode.Event<Suggested>;

  private library: typeof import("./client.js") | undefined;
  private client: Client | undefined;
  private process: Process | undefined;
  private crashes: number[] = [];
  private lifting: Promise<void> = Promise.resolve();
  private disposed = false;
  private readonly touched = new vscode.EventEmitter<string>();
  private readonly running = new vscode.EventEmitter<boolean>();
  private readonly proposed = new vscode.EventEmitter<Proposal>();
  private readonly suggested = new vscode.EventEmitter<Suggested>();
  private readonly joined = new Joined();
  private readonly settingNames: string[];

  constructor(
    readonly context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
  ) {
    const manifest: unknown = context.extension.packageJSON;
    this.version = (manifest as { version: string }).version;
    this.settingNames = declared(manifest);
    this.selector = languages(manifest).flatMap((language) => [
      { language, scheme: "file" },
      { language, scheme: "untitled" },
    ]);
    this.messages = new Messages(log);
    this.status = new StatusItems(this.selector);
    this.keys = new Keys(context.secrets, () => void this.reconfigure());
    this.previews = new Previews((range) => toRange(range));
    this.generating = new Generating(this.status, (token) => {
      void this.client?.sendNotification("window/workDoneProgress/cancel", { token });
    });
    this.onTouched = this.touched.event;
    this.onRunning = this.running.event;
    this.onProposal = this.proposed.event;
    this.onSuggestion = this.suggested.event;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    await this.stop();
    vscode.Disposable.from(this.status, this.keys, this.previews, this.touched, this.running, this.proposed, this.suggested).dispose();
  }

  /** Whether a server answers. */
  get isRunning(): boolean {
    return this.client !== undefined && this.client.state === this.library?.State.Running;
  }

  get found(): Found | undefined {
    return this.process?.found;
  }

  get serverVersion(): string | undefined {
    return this.client?.initializeResult?.serverInfo?.version;
  }

  get serverPid(): number | undefined {
    return this.process?.child?.pid;
  }

  // -- start and stop: one after the other

  start(): Promise<void> {
    return this.inTurn(() => (this.client ? Promise.resolve() : this.lift()));
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.drop());
  }

  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.drop();
      this.crashes = [];
      await this.lift();
    });
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.lifting = this.lifting.then(work, work);
    return this.lifting;
  }

  private async lift(): Promise<void> {
    if (this.disposed) {
      return;
    }
    this.status.set("starting");
    let found: Found;
    try {
      found = await this.discover();
    } catch (error) {
      this.status.set("error", "the server was not found");
      void this.notFound(error);
      return;
    }
    this.log.info(`starting ${found.command} ${found.args.join(" ")} (${found.by})`);
    const library = await import("./client.js");
    this.library = library;
    const process = new library.Process(found, this.folder()?.fsPath, this.log);
    const client = new library.Client(process, this.options(library));
    this.client = client;
    this.process = process;
    this.listen(client);
    try {
      await client.start();
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
      await this.drop();
      this.status.set("error", "the server could not be started");
      void this.notStarted(process);
      return;
    }
    this.serving(client, found);
  }

  private serving(client: Client, found: Found): void {
    const info = client.initializeResult?.serverInfo;
    this.status.serves(`${info?.name ?? "maze-lsp"} ${info?.version ?? ""}, from ${found.by}`);
    const words = mismatch(this.version, info?.version);
    if (words) {
      void this.messages.warn(words);
    }
    void vscode.commands.executeCommand("setContext", "maze.running", true);
    this.running.fire(true);
  }

  private async drop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.gone();
    try {
      await client?.dispose(4000);
    } catch (error) {
      this.log.debug(`stopping: ${String(error)}`);
      this.process?.child?.kill();
    }
    if (!this.disposed) {
      this.status.set("stopped");
    }
  }

  private gone(): void {
    this.previews.clear();
    this.generating.clear();
    void vscode.commands.executeCommand("setContext", "maze.running", false);
    this.running.fire(false);
  }

  private discover(): Promise<Found> {
    const server = vscode.workspace.getConfiguration("maze.server", this.folder());
    const path = server.inspect<string>("path");
    return discover({
      trusted: vscode.workspace.isTrusted,
      userPath: path?.globalValue ?? "",
      workspacePath: path?.workspaceFolderValue ?? path?.workspaceValue ?? "",
      uvx: server.inspect<boolean>("uvx")?.globalValue === true,
      pythonFolder: () => pythonFolder(this.folder()),
      env: process.env,
      home: os.homedir(),
      workspaceFolder: this.folder()?.fsPath,
      windows: process.platform === "win32",
      executable: async (file) => access(file, constants.X_OK).then(() => true, () => false),
    });
  }

  private folder(): vscode.Uri | undefined {
    return vscode.workspace.workspaceFolders?.find((folder) => folder.uri.scheme === "file")?.uri;
  }

  // -- what the user is told when it does not start

  private async notFound(error: unknown): Promise<void> {
    const words = error instanceof NotFound ? error.message : `Looking for maze-lsp failed: ${String(error)}`;
    this.answer(await this.messages.error(`Maze: ${words}`, INSTALL, CHOOSE));
  }

  private async notStarted(process: Process): Promise<void> {
    await process.ended(1000);
    const why = [process.end, process.lastWords].filter(Boolean).join(": ");
    const words = `Maze: ${process.found.command} does not run as a language server${why ? ` (${why})` : ""}.`;
    this.answer(await this.messages.error(words, RESTART, CHOOSE));
  }

  private answer(chosen: string | undefined): void {
    if (chosen === INSTALL) {
      void vscode.commands.executeCommand("maze.openWalkthrough");
    } else if (chosen === CHOOSE) {
      void vscode.commands.executeCommand("maze.selectServer");
    } else if (chosen === RESTART) {
      void this.restart();
    }
  }

  // -- the connection

  private options(library: typeof import("./client.js")): LanguageClientOptions {
    return {
      documentSelector: this.selector.map(({ language, scheme }) => ({ language: language ?? "", scheme: scheme ?? "" })),
      outputChannel: this.log,
      traceOutputChannel: this.log,
      revealOutputChannelOn: library.RevealOutputChannelOn.Never,
      initializationOptions: {
        trusted: vscode.workspace.isTrusted,
        preview: true,
        instruction: true,
        extension: `maze for VS Code ${this.version}`,
      },
      initializationFailedHandler: () => false, // it is said where the start failed
      errorHandler: {
        error: () => ({ action: library.ErrorAction.Continue, handled: true }),
        closed: () => this.closed(library),
      },
      middleware: {
        handleWorkDoneProgress: (token, params, next) => {
          this.generating.take(token, params as Report);
          if (params.kind === "end") {
            next(token, params);
          }
        },
        executeCommand: (command, args, next) => this.execute(command, args, next),
        provideCodeLenses: async (document, token, next) => {
          const lenses = await next(document, token);
          if (lenses?.length) {
            this.touched.fire(document.uri.toString());
          }
          return lenses;
        },
        provideInlineCompletionItems: async (document, position, context, token, next) => {
          const items = await next(document, position, context, token);
          const [item] = Array.isArray(items) ? items : (items?.items ?? []);
          if (item && !token.isCancellationRequested) {
            this.suggested.fire({ uri: document.uri.toString(), item });
          }
          return items;
        },
        workspace: {
          configuration: async (params) =>
            Promise.all(
              params.items.map((item) =>
                this.section(item.scopeUri ? vscode.Uri.parse(item.scopeUri) : this.folder()),
              ),
            ),
        },
      },
    };
  }

  private listen(client: Client): void {
    client.onNotification("maze/preview", (preview: Preview) => this.previews.take(preview));
    client.onNotification("maze/proposal", (proposal: Proposal) => this.proposed.fire(proposal));
    client.onRequest("workspace/applyEdit", (params: ApplyWorkspaceEditParams) => this.joined.apply(client, params));
    client.onNotification("maze/status", (status: Status) => this.status.set(status.state, status.message));
    client.onNotification("window/showMessage", (params: ShowMessageParams) => this.messages.show(params));
  }

  /** The settings of the section `maze` that somebody has set, with the keys that are kept for their endpoints. */
  async section(scope?: vscode.Uri): Promise<Values> {
    const values = await this.keys.into(explicit(this.settingNames, scope));
    const several = values["endpoints"];
    return Array.isArray(several)
      ? { ...values, endpoints: await Promise.all(several.map((one: Values) => this.keys.into(one))) }
      : values;
  }

  private async reconfigure(): Promise<void> {
    if (this.isRunning) {
      await this.client?.sendNotification("workspace/didChangeConfiguration", { settings: null });
    }
  }

  /** The server ended by itself: begin again, but not for ever. */
  private async closed({ CloseAction, State }: typeof import("./client.js")): Promise<CloseHandlerResult> {
    this.gone();
    if (this.client?.state === State.Starting) {
      return { action: CloseAction.DoNotRestart, handled: true };
    }
    await this.process?.ended(1000);
    const now = Date.now();
    this.crashes = [...this.crashes.filter((at) => now - at < RESTARTS_WITHIN), now];
    const why = [this.process?.end, this.process?.lastWords].filter(Boolean).join(": ");
    if (this.crashes.length > RESTARTS) {
      this.status.set("error", "the server keeps ending");
      void this.messages
        .error(`Maze: the server ended ${this.crashes.length} times within three minutes${why ? ` (${why})` : ""}.`, RESTART)
        .then((chosen) => this.answer(chosen));
      return { action: CloseAction.DoNotRestart, handled: true };
    }
    this.status.set("starting", "the server ended and is started again");
    void this.messages.warn(`Maze: the server ended${why ? ` (${why})` : ""}. It is started again.`);
    return { action: CloseAction.Restart, handled: true };
  }

  /** Until what is returned is called, edits of the server in this editor are one step to undo. */
  joinEdits(editor: vscode.TextEditor): () => void {
    return this.joined.join(editor);
  }

  // -- commands of the server

  /** Run a command of the server; undefined where no server answers. */
  async call<T>(command: string, argument: unknown): Promise<T | undefined> {
    await this.start();
    const client = this.client;
    if (!client || !this.isRunning) {
      return undefined;
    }
    try {
      const answer = await client.sendRequest("workspace/executeCommand", { command, arguments: [argument] });
      this.after(command, answer);
      return answer as T;
    } catch (error) {
      this.log.debug(`${command}: ${String(error)}`);
      return undefined;
    }
  }

  /** Whether this server has a command. */
  knows(command: string): boolean {
    return this.client?.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command) ?? false;
  }

  private async execute(
    command: string,
    args: unknown[],
    next: (command: string, args: unknown[]) => vscode.ProviderResult<unknown>,
  ): Promise<unknown> {
    if (command === "maze.showProvenance" && this.knows("maze.spans")) {
      return vscode.commands.executeCommand("maze.showRecord", args[0]);
    }
    const answer = await next(command, args);
    this.after(command, answer);
    return answer;
  }

  private after(command: string, answer: unknown): void {
    if (["maze.generate", "maze.regenerate", "maze.accept", "maze.acceptInline"].includes(command)) {
      const outcome = answer as Outcome | undefined;
      this.log.debug(`${command}: ${outcome?.status ?? "no answer"} ${outcome?.message ?? ""}`);
      if (outcome?.status === "applied") {
        void vscode.commands.executeCommand("setContext", "maze.generatedOnce", true);
      }
      this.touched.fire("");
    }
  }
}

export function toRange(range: Preview["range"]): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}

export function fromRange(range: vscode.Range): Preview["range"] {
  return {
    start: { line: range.start.line, character: range.start.character },
    end: { line: range.end.line, character: range.end.character },
  };
}

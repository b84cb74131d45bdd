// Where the server is. Pure but for what it is given, so that tests can put everything in its place.

import * as path from "node:path";

export interface Found {
  command: string;
  args: string[];
  /** How it was found, for people. */
  by: string;
}

/** What discovery looks at. */
export interface Surroundings {
  trusted: boolean;
  /** `maze.server.path` of the user's own settings, and of the workspace (empty where it is not set). */
  userPath: string;
  workspacePath: string;
  uvx: boolean;
  /** The folder of programs of the active Python environment, if there is one. */
  pythonFolder(): Promise<string | undefined>;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  workspaceFolder: string | undefined;
  windows: boolean;
  executable(file: string): Promise<boolean>;
}

export class NotFound extends Error {}

const PROGRAM = "maze-lsp";

/**
 * The server, from the first of these places that has one: `maze.server.path`; the active Python environment; PATH and
 * the folder where pipx and uv put programs; `uvx`, where the user has allowed it. A workspace that is not trusted
 * chooses nothing: there only a path in the user's own settings counts.
 */
export async function discover(around: Surroundings): Promise<Found> {
  const named = around.trusted ? around.workspacePath || around.userPath : around.userPath;
  if (named) {
    const file = absolute(named, around);
    if (await around.executable(file)) {
      return { command: file, args: ["--stdio"], by: "maze.server.path" };
    }
    throw new NotFound(`\`maze.server.path\` is ${file}, and no program is there that can be run.`);
  }
  if (!around.trusted) {
    throw new NotFound(
      "This workspace is not trusted: here only a server that your own user settings name (`maze.server.path`) is started.",
    );
  }
  const folders: [string, string][] = [];
  const python = await around.pythonFolder();
  if (python) {
    folders.push([python, "the active Python environment"]);
  }
  for (const folder of (around.env["PATH"] ?? "").split(around.windows ? ";" : ":")) {
    if (path.isAbsolute(folder)) {
      folders.push([folder, "PATH"]);
    }
  }
  folders.push([path.join(around.home, ".local", "bin"), "~/.local/bin"]);
  for (const [folder, by] of folders) {
    const file = path.join(folder, around.windows ? `${PROGRAM}.exe` : PROGRAM);
    if (await around.executable(file)) {
      return { command: file, args: ["--stdio"], by };
    }
  }
  if (around.uvx) {
    return { command: "uvx", args: ["--from", PROGRAM, PROGRAM, "--stdio"], by: "maze.server.uvx" };
  }
  throw new NotFound("The program maze-lsp was found neither in the active Python environment nor in PATH.");
}

function absolute(named: string, around: Surroundings): string {
  const root = around.workspaceFolder ?? around.home;
  const file = named.replace(/^~(?=[\\/])/, around.home).replaceAll("${workspaceFolder}", root);
  return path.resolve(root, file);
}

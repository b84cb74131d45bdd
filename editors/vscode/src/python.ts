// The active Python environment, from the extensions that know it. Nothing depends on them.

import * as path from "node:path";
import * as vscode from "vscode";

const SECONDS = 5;

/** The folder of programs beside the interpreter that is chosen for a folder; undefined where nobody knows one. */
export async function pythonFolder(resource: vscode.Uri | undefined): Promise<string | undefined> {
  for (const ask of [byEnvironments, byPython]) {
    try {
      const interpreter = await inTime(ask(resource));
      if (interpreter) {
        return path.dirname(interpreter);
      }
    } catch {
      // Another extension's trouble is none of ours: the next place is tried.
    }
  }
  return undefined;
}

interface EnvironmentsApi {
  getEnvironment(scope: vscode.Uri | undefined): Promise<{ execInfo?: { run?: { executable?: string } } } | undefined>;
}

async function byEnvironments(resource: vscode.Uri | undefined): Promise<string | undefined> {
  const api = await exportsOf<EnvironmentsApi>("ms-python.vscode-python-envs");
  return (await api?.getEnvironment(resource))?.execInfo?.run?.executable;
}

interface PythonApi {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { id: string; path: string };
    resolveEnvironment(of: {
      id: string;
      path: string;
    }): Promise<{ executable?: { uri?: vscode.Uri } } | undefined>;
  };
}

async function byPython(resource: vscode.Uri | undefined): Promise<string | undefined> {
  const api = await exportsOf<PythonApi>("ms-python.python");
  const chosen = api?.environments.getActiveEnvironmentPath(resource);
  return chosen && (await api?.environments.resolveEnvironment(chosen))?.executable?.uri?.fsPath;
}

async function exportsOf<T>(id: string): Promise<T | undefined> {
  const extension = vscode.extensions.getExtension<T>(id);
  return extension && (extension.isActive ? extension.exports : await extension.activate());
}

async function inTime<T>(work: Promise<T>): Promise<T | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), SECONDS * 1000));
  return Promise.race([work, late]);
}

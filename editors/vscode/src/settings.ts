// The section `maze` as the server gets it: only what somebody has set, so that defaults of the editor hide nothing that
// stands in the user's config.toml or environment.

import * as vscode from "vscode";

export const SECTION = "maze";

/** Keys that only this extension reads. */
const OWN = ["server.path", "server.uvx", "marks", "trace.server"];

export type Values = Record<string, unknown>;

/** What is set for a place, without our own keys. The keys are those that package.json declares. */
export function explicit(keys: readonly string[], scope?: vscode.Uri): Values {
  const section = vscode.workspace.getConfiguration(SECTION, scope);
  const values: Values = {};
  for (const key of keys) {
    const set = section.inspect(key);
    const value = set?.workspaceFolderValue ?? set?.workspaceValue ?? set?.globalValue;
    if (value !== undefined && value !== null && !OWN.includes(key)) {
      values[key] = value;
    }
  }
  return values;
}

/** The names of all settings that package.json declares, without `maze.`. */
export function declared(manifest: unknown): string[] {
  const { properties } = (manifest as { contributes: { configuration: { properties: Values } } }).contributes
    .configuration;
  return Object.keys(properties).map((key) => key.slice(SECTION.length + 1));
}

/** The languages that the server knows: those that activate us. */
export function languages(manifest: unknown): string[] {
  const { activationEvents } = manifest as { activationEvents: string[] };
  return activationEvents.filter((event) => event.startsWith("onLanguage:")).map((event) => event.slice(11));
}

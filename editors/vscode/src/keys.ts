// The key of the service, in the editor's secret storage: one for each address, so that it is never sent to another.

import * as vscode from "vscode";

/** What a key belongs to: scheme, host and port of an address; undefined where it is none. */
export function origin(endpoint: unknown): string | undefined {
  try {
    const url = new URL(String(endpoint));
    return url.protocol === "http:" || url.protocol === "https:" ? url.origin : undefined;
  } catch {
    return undefined;
  }
}

export class Keys implements vscode.Disposable {
  private readonly changed: vscode.Disposable;

  constructor(
    private readonly secrets: vscode.SecretStorage,
    onChange: () => void,
  ) {
    this.changed = secrets.onDidChange((event) => event.key.startsWith("apiKey ") && onChange());
  }

  dispose(): void {
    this.changed.dispose();
  }

  /** The key for an address, undefined where none is kept. */
  async of(endpoint: unknown): Promise<string | undefined> {
    const at = origin(endpoint);
    return at && this.secrets.get(`apiKey ${at}`);
  }

  /** Settings that name an endpoint, with its key. */
  async into(values: Record<string, unknown>): Promise<Record<string, unknown>> {
    const key = await this.of(values["endpoint"]);
    return key ? { ...values, api_key: key } : values;
  }

  async set(endpoint: string, key: string): Promise<void> {
    const at = origin(endpoint);
    if (at) {
      await (key ? this.secrets.store(`apiKey ${at}`, key) : this.secrets.delete(`apiKey ${at}`));
    }
  }

  /** Ask for the address, where the settings name none, and for its key. An empty key forgets the one that is kept. */
  async ask(): Promise<void> {
    const section = vscode.workspace.getConfiguration("maze");
    let endpoint = section.get<string>("endpoint") ?? "";
    if (!origin(endpoint)) {
      const given = await vscode.window.showInputBox({
        title: "Maze: address of the inference service",
        placeHolder: "http://gpu-box:8000",
        ignoreFocusOut: true,
        validateInput: (value) => (origin(value) ? undefined : "An address such as http://gpu-box:8000"),
      });
      if (!given) {
        return;
      }
      endpoint = given;
      await section.update("endpoint", endpoint, vscode.ConfigurationTarget.Global);
    }
    const key = await vscode.window.showInputBox({
      title: `Maze: key for ${origin(endpoint)}`,
      prompt: "Kept in the editor's secret storage. Empty: forget the key that is kept.",
      password: true,
      ignoreFocusOut: true,
    });
    if (key !== undefined) {
      await this.set(endpoint, key.trim());
      void vscode.window.showInformationMessage(
        `Maze: the key for ${origin(endpoint)} is ${key.trim() ? "kept" : "forgotten"}.`,
      );
    }
  }
}

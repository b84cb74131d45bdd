// The server's edits. Each is one step to undo; those of `Fill All Holes` in one file are one step together.

import * as vscode from "vscode";
import type { ApplyWorkspaceEditParams, ApplyWorkspaceEditResult, LanguageClient, TextEdit } from "vscode-languageclient/node";

export class Joined {
  /** The editors whose edits are joined, and whether one was made already. */
  private readonly editors = new Map<vscode.TextEditor, boolean>();

  join(editor: vscode.TextEditor): () => void {
    this.editors.set(editor, false);
    return () => this.editors.delete(editor);
  }

  async apply(client: LanguageClient, { edit, label }: ApplyWorkspaceEditParams): Promise<ApplyWorkspaceEditResult> {
    const changes = (edit.documentChanges ?? []).flatMap((change) => ("textDocument" in change ? [change] : []));
    for (const { textDocument } of changes) {
      const document = open(textDocument.uri);
      if (document && textDocument.version != null && document.version !== textDocument.version) {
        return { applied: false, failureReason: "the document has changed" };
      }
    }
    const [only] = changes;
    const editor = only && changes.length === 1 ? this.editorOf(only.textDocument.uri) : undefined;
    if (only && editor) {
      return { applied: await this.joined(client, editor, only.edits as TextEdit[]) };
    }
    const converted = await client.protocol2CodeConverter.asWorkspaceEdit(edit);
    this.log(client, label);
    return { applied: await vscode.workspace.applyEdit(converted) };
  }

  private async joined(client: LanguageClient, editor: vscode.TextEditor, edits: TextEdit[]): Promise<boolean> {
    const begun = this.editors.get(editor) ?? false;
    const applied = await editor.edit(
      (builder) => {
        for (const edit of edits) {
          builder.replace(client.protocol2CodeConverter.asRange(edit.range), edit.newText);
        }
      },
      { undoStopBefore: !begun, undoStopAfter: false },
    );
    if (applied) {
      this.editors.set(editor, true);
    }
    return applied;
  }

  private editorOf(uri: string): vscode.TextEditor | undefined {
    const wanted = vscode.Uri.parse(uri).toString();
    return [...this.editors.keys()].find((editor) => editor.document.uri.toString() === wanted);
  }

  private log(client: LanguageClient, label: string | undefined): void {
    client.outputChannel.debug(`an edit of the server: ${label ?? ""}`);
  }
}

function open(uri: string): vscode.TextDocument | undefined {
  const wanted = vscode.Uri.parse(uri).toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === wanted);
}

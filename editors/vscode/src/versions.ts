// Extension and server are made for each other where their minor versions agree.

/** What to say where they do not: which of the two to update. Undefined where all is well. */
export function mismatch(extension: string, server: string | undefined): string | undefined {
  if (!server) {
    return "This server does not say which version it is: it is too old for this extension. Update maze-lsp.";
  }
  const [own, theirs] = [numbers(extension), numbers(server)];
  const at = [0, 1].find((place) => own[place] !== theirs[place]);
  if (at === undefined) {
    return undefined;
  }
  const older = (own[at] ?? 0) < (theirs[at] ?? 0) ? "the extension" : "the server (maze-lsp)";
  return `The Maze extension is version ${extension} and the server is ${server}. Update ${older}.`;
}

function numbers(version: string): number[] {
  return version.split(/[.+-]/).map((part) => Number.parseInt(part, 10) || 0);
}

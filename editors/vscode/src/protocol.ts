// What the server speaks beside LSP (docs/protocol.md), as types.

export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

/** The argument of `maze.generate`. */
export interface Place {
  uri: string;
  version?: number;
  range?: Range;
  kind?: string;
  intent?: string;
  seed?: number;
}

export interface HoleInfo extends Place {
  version: number;
  range: Range;
  kind: string;
  marker: string;
  bulk: boolean;
}

/** What `maze.generate` and `maze.regenerate` answer. */
export interface Outcome {
  status: "applied" | "cancelled" | "refused" | "failed" | "busy";
  id: string;
  message: string;
  text?: string;
  range?: Range | null;
  verdict?: string;
  tokens?: number;
}

export interface Preview {
  id: string;
  uri: string;
  version: number;
  range: Range;
  text: string;
  done: boolean;
}

export type State = "starting" | "ready" | "generating" | "degraded" | "error";

export interface Status {
  state: State;
  message: string;
}

/** One generated text of a document (`maze.spans`). */
export interface SpanInfo {
  id: string;
  uri: string;
  version: number;
  range: Range;
  state: "offered" | "accepted" | "rejected";
  edited: boolean;
  kind: string;
  verdict: string;
  model: string;
  seed: number;
  tokens: number;
  seconds: number;
  created: string;
}

/** What `maze.showProvenance` answers. */
export interface Shown {
  status: string;
  id: string;
  message?: string;
  state: string;
  lines: string[];
  record: Record<string, unknown>;
  grammar?: string | null;
}

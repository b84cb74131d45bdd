// Parses texts with the TypeScript compiler: a line of JSON in, a line of JSON out.
// Started with the path of typescript.js; {"text": …, "kind": "JS" | "JSX" | "TS" | "TSX"} gives {"problem": …},
// which is empty where the parser has nothing to say. Types are not checked, only syntax.
'use strict';

const ts = require(process.argv[2]);

require('node:readline')
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { text, kind } = JSON.parse(line);
    const file = ts.createSourceFile(
      `file.${kind.toLowerCase()}`,
      text,
      { languageVersion: ts.ScriptTarget.ESNext, impliedNodeFormat: ts.ModuleKind.ESNext },
      false,
      ts.ScriptKind[kind],
    );
    const [first] = file.parseDiagnostics;
    const problem = first ? `${first.start}: ${ts.flattenDiagnosticMessageText(first.messageText, ' ')}` : '';
    process.stdout.write(JSON.stringify({ problem }) + '\n');
  });

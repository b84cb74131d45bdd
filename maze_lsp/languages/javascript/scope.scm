; inherits: javascript/ecma-scope.scm
; Names in JavaScript: what its parser calls otherwise than TypeScript's.

(class_declaration name: (identifier) @declare.outer)
(class name: (identifier) @declare.local)
(formal_parameters (identifier) @declare.parameter)

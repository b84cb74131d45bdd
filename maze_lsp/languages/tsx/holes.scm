; inherits: typescript/holes.scm
; inherits: javascript/jsx-holes.scm
; Where something may be generated in TypeScript with JSX: all of it is in the files above.

; inherits: javascript/ecma-holes.scm
; inherits: javascript/jsx-holes.scm
; Where something may be generated in JavaScript with JSX: all of it is in the files above, but for names of parameters.

(formal_parameters (_) @never)

; inherits: typescript/scope.scm
; Names in TypeScript with JSX: all of it is in the file above.

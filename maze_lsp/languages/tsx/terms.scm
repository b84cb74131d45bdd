; inherits: typescript/terms.scm

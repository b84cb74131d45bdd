-- The configuration that `vim.lsp.enable("maze_lsp")` starts; `vim.lsp.config("maze_lsp", { … })` adds to it.
return require("maze.server").config()

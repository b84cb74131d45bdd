--- What other configuration may call. Nothing has to be set up: `vim.lsp.enable("maze_lsp")` starts everything.
local M = {}

--- For a statusline: `%{%v:lua.require'maze'.status()%}`. Empty where no server is attached.
---@param buf? integer
---@return string
function M.status(buf)
  return require("maze.status").line(buf)
end

return M

--- What other configuration may call. Nothing has to be set up: `vim.lsp.enable("maze_lsp")` starts everything.
local M = {}

--- For a statusline: `%{%v:lua.require'maze'.status()%}`. Empty where no server is attached.
---@param buf? integer
---@return string
function M.status(buf)
  return require("maze.status").line(buf)
end

--- Take the suggestion at the cursor, for an `expr` map: whether there is one.
---
---     vim.keymap.set("i", "<Tab>", function()
---       return require("maze").tab() and "" or "<Tab>"
---     end, { expr = true })
---@return boolean
function M.tab()
  local inline = require("maze.inline")
  if inline.native() then
    return inline.native().get()
  end
  if not inline.shown() then
    return false
  end
  vim.schedule(function()
    inline.accept()
  end)
  return true
end

return M

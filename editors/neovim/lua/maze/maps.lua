--- What the <Plug> maps do.
local client_of = require("maze.client")
local say = require("maze.say")

local M = {}

M.generate = function()
  vim.lsp.buf.code_action({ context = { only = { "refactor.rewrite.generate" }, diagnostics = {} }, apply = true })
end

--- Do something with the generated text at the cursor.
---@param work fun(client: vim.lsp.Client, span: maze.Span)
local function with_span(work)
  local client, span = client_of.needed(), require("maze.spans").here()
  if client and not span then
    say.info("no generated text stands here.")
  elseif client and span then
    work(client, span)
  end
end

M.accept = function()
  with_span(function(client, span)
    client_of.command(client, "maze.accept", { id = span.id })
  end)
end

M.regenerate = function()
  with_span(function(client, span)
    client_of.command(client, "maze.regenerate", { id = span.id })
  end)
end

M.why = function()
  with_span(function(client, span)
    require("maze.why").show(client, span.id)
  end)
end

M.stop = function()
  require("maze.cancel").cancel(vim.api.nvim_get_current_buf())
end

M.next = function()
  require("maze.holes").go(1)
end

M.previous = function()
  require("maze.holes").go(-1)
end

return M

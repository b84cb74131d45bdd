--- What the <Plug> maps do.
local client_of = require("maze.client")
local review = require("maze.review")
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
  if review.act("accept") then
    return
  end
  with_span(function(client, span)
    client_of.command(client, "maze.accept", { id = span.id })
  end)
end

M["accept-line"] = function()
  review.ask("line")
end

M.reject = function()
  review.ask("reject")
end

M.regenerate = function()
  if review.act("regenerate") then
    return
  end
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

--- Neovim's own client inserts the whole item; of a part of it we put in as much and tell the server how much.
---@param part? "word"|"line"
---@return boolean
local function take(part)
  local inline = require("maze.inline")
  local native = inline.native()
  if not native then
    return inline.accept(part)
  end
  if not part then
    return native.get()
  end
  return native.get({
    on_accept = function(item)
      require("maze.native").accept(item, part)
    end,
  })
end

M["inline-accept"] = function()
  take()
end

M["inline-word"] = function()
  take("word")
end

M["inline-line"] = function()
  take("line")
end

M["inline-dismiss"] = function()
  require("maze.inline").dismiss()
end

M["inline-request"] = function()
  require("maze.inline").request()
end

M.take = take

return M

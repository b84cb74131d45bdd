--- What the server sends, each to where it is shown.
local M = {}

---@param ctx lsp.HandlerContext
---@return vim.lsp.Client?
local function client_of(ctx)
  return vim.lsp.get_client_by_id(ctx.client_id)
end

M["maze/preview"] = function(_, params, ctx)
  local client = client_of(ctx)
  if client then
    require("maze.preview").show(client, params)
  end
end

M["maze/proposal"] = function(_, params, ctx)
  local client = client_of(ctx)
  if client then
    require("maze.review").show(client, params)
  end
end

M["maze/status"] = function(_, params, ctx)
  require("maze.status").set(ctx.client_id, params.state, params.message)
end

M["window/showMessage"] = function(_, params)
  local say = require("maze.say")
  local tell = ({ say.error, say.warn })[params.type] or say.info
  tell(params.message)
  return vim.NIL
end

--- Neovim's own handler takes an edit for another version without a word, and prints each label.
M["workspace/applyEdit"] = function(_, params, ctx)
  local client = client_of(ctx)
  if not client then
    return { applied = false, failureReason = "the client has ended" }
  end
  return require("maze.edit").apply(client, params.edit)
end

M["workspace/codeLens/refresh"] = function(err, result, ctx)
  local client = client_of(ctx)
  if client then
    for buf in pairs(client.attached_buffers) do
      require("maze.spans").refresh(client, buf)
    end
  end
  if vim.lsp.codelens.on_refresh then -- from Neovim 0.12 on
    return vim.lsp.codelens.on_refresh(err, result, ctx)
  end
  return vim.NIL
end

return M

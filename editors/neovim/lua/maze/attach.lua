--- What begins when the server is attached to a buffer, and ends with it.
local M = {}

local group = vim.api.nvim_create_augroup("maze", { clear = false })
local listening = false

--- Once for the session: what is heard of all servers.
local function listen()
  if listening then
    return
  end
  listening = true
  local status = require("maze.status")
  vim.api.nvim_create_autocmd("LspProgress", {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == require("maze.client").NAME then
        status.progress(client.id, event.data.params.value)
      end
    end,
  })
  vim.api.nvim_create_autocmd("LspDetach", {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == require("maze.client").NAME then
        M.detach(client, event.buf)
      end
    end,
  })
end

---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  listen()
  local spans = require("maze.spans")
  vim.api.nvim_clear_autocmds({ group = group, buffer = buf })
  vim.api.nvim_create_autocmd({ "TextChanged", "InsertLeave" }, {
    group = group,
    buffer = buf,
    callback = function()
      spans.later(client, buf)
    end,
  })
  require("maze.inline").attach(client, buf, group)
  spans.refresh(client, buf)
end

---@param client vim.lsp.Client
---@param buf integer
function M.detach(client, buf)
  vim.api.nvim_clear_autocmds({ group = group, buffer = buf })
  require("maze.spans").clear(buf)
  local others = vim.tbl_filter(function(other)
    return other ~= buf
  end, vim.tbl_keys(client.attached_buffers))
  if #others == 0 or client:is_stopped() then
    require("maze.preview").clear()
    require("maze.review").clear()
    require("maze.status").forget(client.id)
  end
end

return M

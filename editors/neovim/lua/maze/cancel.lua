--- Cancelling: <Esc> in normal mode while something is generated in the buffer, and `:Maze stop`.
local client_of = require("maze.client")

local M = {}

local keys = vim.api.nvim_create_namespace("maze.keys")
local watching = false

--- Cancel what is generated in a buffer, or everywhere; how many that were goes to `told`.
---@param buf? integer
---@param told? fun(count: integer)
function M.cancel(buf, told)
  require("maze.fill").stop(buf)
  local clients = buf and { client_of.of(buf) } or client_of.all()
  local left, count = #clients, 0
  for _, client in ipairs(clients) do
    local argument = buf and { uri = vim.uri_from_bufnr(buf) } or vim.empty_dict()
    client_of.command(client, "maze.cancel", argument, function(answer)
      left, count = left - 1, count + (type(answer) == "table" and answer.cancelled or 0)
      if left == 0 and told then
        told(count)
      end
    end)
  end
  if left == 0 and #clients == 0 and told then
    told(0)
  end
end

--- Look at keys only while something runs. The user's own maps of <Esc> stay as they are.
function M.watch()
  local preview = require("maze.preview")
  local wanted = (preview.any() or require("maze.status").busy()) and require("maze.config").get().escape
  if wanted == watching then
    return
  end
  watching = wanted
  if not wanted then
    vim.on_key(nil, keys)
    return
  end
  local escape = vim.keycode("<Esc>")
  vim.on_key(function(_, typed)
    if typed ~= escape or vim.api.nvim_get_mode().mode ~= "n" then
      return
    end
    local buf = vim.api.nvim_get_current_buf()
    if preview.running(buf) or (require("maze.status").busy() and client_of.of(buf)) then
      vim.schedule(function()
        M.cancel(buf)
      end)
    end
  end, keys)
end

return M

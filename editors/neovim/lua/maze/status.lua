--- What the server is doing, for the statusline and `:Maze status`.
local M = {}

---@class maze.Status
---@field state string starting, ready, generating, degraded, error or stopped
---@field message string
---@field tokens integer Of the generation that runs.
---@field began? integer When its first token came (nanoseconds).

local servers = {} ---@type table<integer, maze.Status> By client id.
local none = { state = "stopped", message = "", tokens = 0 } ---@type maze.Status Where no server runs.

---@param client_id? integer
---@return maze.Status
local function of(client_id)
  if not client_id then
    return none
  end
  servers[client_id] = servers[client_id] or { state = "starting", message = "", tokens = 0 }
  return servers[client_id]
end

local function changed()
  vim.schedule(function()
    vim.api.nvim_exec_autocmds("User", { pattern = "MazeStatus", modeline = false })
    vim.cmd.redrawstatus({ bang = true })
  end)
end

---@param client_id? integer
---@param state string
---@param message? string
function M.set(client_id, state, message)
  local status = of(client_id)
  if state ~= "generating" then
    status.tokens, status.began = 0, nil
  end
  status.state, status.message = state, message or ""
  require("maze.cancel").watch()
  changed()
end

--- A progress report of the server: tokens are counted in its message.
---@param client_id integer
---@param value { kind: string, message?: string }
function M.progress(client_id, value)
  local status = of(client_id)
  if value.kind == "begin" then
    status.tokens, status.began = 0, nil
  elseif value.kind == "report" then
    local tokens = tonumber((value.message or ""):match("^(%d+) tokens$"))
    if tokens then
      status.began = status.began or vim.uv.hrtime()
      status.tokens = tokens
    end
  end
  changed()
end

--- Whether a server is at work on something that can be cancelled, its start included.
---@return boolean
function M.busy()
  for _, status in pairs(servers) do
    if vim.list_contains({ "starting", "generating", "degraded" }, status.state) then
      return true
    end
  end
  return false
end

---@param client_id integer
function M.forget(client_id)
  servers[client_id] = nil
  changed()
end

---@param buf? integer
---@return maze.Status
function M.get(buf)
  local client = require("maze.client").of(buf)
  if client then
    none.state, none.message = "stopped", ""
    return of(client.id)
  end
  return none
end

---@param status maze.Status
---@return string
local function speed(status)
  if status.tokens == 0 or not status.began then
    return ""
  end
  local seconds = (vim.uv.hrtime() - status.began) / 1e9
  local rate = seconds > 0.2 and (", %.0f/s"):format(status.tokens / seconds) or ""
  return (" (%d tokens%s)"):format(status.tokens, rate)
end

--- For the statusline: short, empty where Maze has nothing to do with the buffer.
---@param buf? integer
---@return string
function M.line(buf)
  local status = M.get(buf)
  if status.state == "stopped" then
    return ""
  end
  return ("maze: %s%s"):format(status.state, status.state ~= "ready" and speed(status) or "")
end

--- In whole words.
---@param buf? integer
---@return string
function M.words(buf)
  local status = M.get(buf)
  local more = status.message ~= "" and (": " .. status.message) or ""
  return status.state .. more .. speed(status)
end

return M

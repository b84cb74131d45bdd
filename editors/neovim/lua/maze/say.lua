--- What the user is told.
local M = {}

---@param words string
---@param level integer
local function say(words, level)
  vim.schedule(function()
    vim.notify("maze: " .. words, level, { title = "Maze" })
  end)
end

---@param words string
function M.info(words)
  say(words, vim.log.levels.INFO)
end

---@param words string
function M.warn(words)
  say(words, vim.log.levels.WARN)
end

---@param words string
function M.error(words)
  say(words .. " (`:Maze log` has more.)", vim.log.levels.ERROR)
end

return M

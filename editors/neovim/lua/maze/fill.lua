--- Fill all holes of a file, or of the project file by file: one step to undo a file.
local client_of = require("maze.client")
local say = require("maze.say")

local M = {}

---@class maze.Fill
---@field buf? integer The buffer that is filled now.
---@field stopped boolean
---@field number integer Of the hole that is filled.
---@field total integer
---@field filled integer
---@field failed? string Why it ended early.

local running ---@type maze.Fill? One at a time.

---@return maze.Fill?
function M.running()
  return running
end

--- Begin no further hole; the one that runs is cancelled by whoever calls this.
---@param buf? integer Only where this buffer is filled.
function M.stop(buf)
  if running and (not buf or running.buf == buf) then
    running.stopped = true
  end
end

---@param run maze.Fill
---@param client vim.lsp.Client
---@param buf integer
---@param done fun()
local function buffer(run, client, buf, done)
  local edit = require("maze.edit")
  run.buf = buf
  require("maze.holes").of(client, vim.uri_from_bufnr(buf), function(holes)
    holes = vim.tbl_filter(function(hole)
      return hole.bulk
    end, holes)
    run.number, run.total = 0, #holes
    edit.join(buf)
    local function go()
      run.number = run.number + 1
      local hole = holes[run.number]
      if not hole or run.stopped or client:is_stopped() then
        edit.part(buf)
        return done()
      end
      local argument = vim.tbl_extend("force", hole, { review = false })
      argument.marker, argument.bulk = nil, nil
      client_of.command(client, "maze.generate", argument, function(answer)
        local status = type(answer) == "table" and answer.status or "failed"
        run.filled = run.filled + (status == "applied" and 1 or 0)
        if status == "failed" or status == "cancelled" then
          run.stopped = true
        end
        go()
      end)
    end
    go()
  end)
end

---@param run maze.Fill
---@param files integer
local function finish(run, files)
  running = nil
  local where = files > 1 and (" in %d files"):format(files) or ""
  local words = run.filled == 1 and "1 hole was filled%s%s." or (run.filled .. " holes were filled%s%s.")
  say.info(words:format(where, run.stopped and "; the rest was left" or ""))
end

---@return maze.Fill?
local function begin()
  if running then
    say.warn("holes are being filled already; `:Maze stop` cancels.")
    return nil
  end
  running = { stopped = false, number = 0, total = 0, filled = 0 }
  return running
end

--- Fill the holes of a buffer, except what belongs where it stands.
---@param buf integer
function M.file(buf)
  local client = client_of.needed(buf)
  local run = client and begin()
  if client and run then
    buffer(run, client, buf, function()
      finish(run, 1)
    end)
  end
end

--- Open a file without showing it, and wait until the server is attached.
---@param path string
---@param opened fun(buf?: integer, client?: vim.lsp.Client)
local function open(path, opened)
  local buf = vim.fn.bufadd(path)
  vim.bo[buf].buflisted = true
  vim.fn.bufload(buf)
  if vim.bo[buf].filetype == "" then
    vim.bo[buf].filetype = vim.filetype.match({ buf = buf }) or ""
  end
  local tries = 0
  local function look()
    local client = client_of.of(buf)
    tries = tries + 1
    if client and client.initialized then
      opened(buf, client)
    elseif tries > 100 then
      opened(nil)
    else
      vim.defer_fn(look, 50)
    end
  end
  look()
end

--- Fill the holes of all files of the project. The files are left changed and not written: `:wall` does that.
function M.project()
  local holes = require("maze.holes")
  local client, root = holes.project()
  local run = client and begin()
  if not client or not run then
    return
  end
  holes.files(root, function(paths)
    local wanted = {}
    holes.through(client, paths, function(path, found)
      for _, hole in ipairs(found) do
        if hole.bulk and wanted[#wanted] ~= path then
          wanted[#wanted + 1] = path
        end
      end
    end, function()
      local number = 0
      local function go()
        number = number + 1
        if not wanted[number] or run.stopped then
          return finish(run, #wanted)
        end
        open(wanted[number], function(buf, of)
          if not buf or not of then
            return go()
          end
          buffer(run, of, buf, go)
        end)
      end
      go()
    end)
  end)
end

return M

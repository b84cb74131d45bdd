--- What is not written yet: in a file, in the project, as a quickfix list, and the next one from the cursor.
local client_of = require("maze.client")
local say = require("maze.say")

local M = {}

local MOST_FILES = 5000
local MOST_BYTES = 1024 * 1024

---@class maze.Hole
---@field uri string
---@field version integer
---@field kind string
---@field range lsp.Range
---@field marker string
---@field bulk boolean Whether `fill` may take it; what belongs where it stands (`pass` in an `except`, say) is left.

---@param client vim.lsp.Client
---@param uri string
---@param found fun(holes: maze.Hole[])
function M.of(client, uri, found)
  client_of.command(client, "maze.holes", { uri = uri }, function(answer)
    found(vim.islist(answer) and answer or {})
  end)
end

---@param hole maze.Hole
---@param text string
---@param client vim.lsp.Client
---@return table item
local function item(hole, text, client)
  local function column(position)
    return vim.str_byteindex(text, client.offset_encoding, position.character, false) + 1
  end
  local first = vim.split(hole.marker, "\n")[1]
  return {
    filename = vim.uri_to_fname(hole.uri),
    lnum = hole.range.start.line + 1,
    col = column(hole.range.start),
    end_lnum = hole.range["end"].line + 1,
    text = ("%s: %s%s"):format(hole.kind, first ~= "" and first or "empty", hole.bulk and "" or " (left by fill)"),
  }
end

---@param title string
---@param items table[]
local function list(title, items)
  vim.fn.setqflist({}, " ", { title = title, items = items })
  if #items == 0 then
    say.info("there are no holes here.")
    return
  end
  vim.cmd("botright copen")
end

--- The quickfix list of the holes of a buffer.
---@param buf integer
function M.file(buf)
  local client = client_of.needed(buf)
  if not client then
    return
  end
  M.of(client, vim.uri_from_bufnr(buf), function(holes)
    local lines = vim.api.nvim_buf_get_lines(buf, 0, -1, false)
    list(
      "Maze: holes of the file",
      vim.tbl_map(function(hole)
        return item(hole, lines[hole.range.start.line + 1] or "", client)
      end, holes)
    )
  end)
end

--- The files of the project that the server has a language for: what git knows, or all where there is no git.
---@param root string
---@param found fun(paths: string[])
function M.files(root, found)
  local known = {}
  for _, name in ipairs(require("maze.server").FILETYPES) do
    known[name] = true
  end
  local function fitting(paths)
    local kept = {}
    for _, path in ipairs(paths) do
      local full = vim.fs.joinpath(root, path)
      local stat = #kept < MOST_FILES and known[vim.filetype.match({ filename = full }) or ""] and vim.uv.fs_stat(full)
      if stat and stat.type == "file" and stat.size <= MOST_BYTES then
        kept[#kept + 1] = full
      end
    end
    found(kept)
  end
  local function walk()
    local paths = {}
    for name, kind in
      vim.fs.dir(root, {
        depth = 12,
        skip = function(name)
          return not (vim.startswith(vim.fs.basename(name), ".") or vim.fs.basename(name) == "node_modules")
        end,
      })
    do
      if kind == "file" then
        paths[#paths + 1] = name
      end
    end
    fitting(paths)
  end
  local command = { "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard" }
  local started = pcall(vim.system, command, { cwd = root }, function(done)
    vim.schedule(function()
      if done.code ~= 0 then
        walk()
      else
        fitting(vim.split(done.stdout, "\0", { trimempty = true }))
      end
    end)
  end)
  if not started then
    walk()
  end
end

--- The holes of a file that need not be open: the server is shown it for a moment.
---@param client vim.lsp.Client
---@param path string
---@param found fun(holes: maze.Hole[], lines: string[])
function M.of_file(client, path, found)
  local uri = vim.uri_from_fname(path)
  local buf = vim.fn.bufnr(path)
  if buf > 0 and client.attached_buffers[buf] then
    M.of(client, uri, function(holes)
      found(holes, vim.api.nvim_buf_get_lines(buf, 0, -1, false))
    end)
    return
  end
  local read, text = pcall(vim.fn.readblob, path)
  if not read then
    return found({}, {})
  end
  local language = client.get_language_id(0, vim.filetype.match({ filename = path }) or "")
  local document = { uri = uri, languageId = language, version = 0, text = text }
  client:notify("textDocument/didOpen", { textDocument = document })
  M.of(client, uri, function(holes)
    local opened = vim.fn.bufnr(path)
    if opened < 0 or not client.attached_buffers[opened] then
      client:notify("textDocument/didClose", { textDocument = { uri = uri } })
    end
    found(holes, vim.split(text, "\n"))
  end)
end

--- The folder of the project, and a server for it.
---@return vim.lsp.Client?
---@return string root
function M.project()
  local client = client_of.of() or client_of.all()[1]
  if not client then
    say.warn("no language server runs; open a file of the project first.")
  end
  return client, client and client.root_dir or vim.fn.getcwd()
end

--- Ask for the holes of file after file.
---@param client vim.lsp.Client
---@param paths string[]
---@param each fun(path: string, holes: maze.Hole[], lines: string[])
---@param done fun()
function M.through(client, paths, each, done)
  local number = 0
  local function go()
    number = number + 1
    local path = paths[number]
    if not path or client:is_stopped() then
      return done()
    end
    M.of_file(client, path, function(holes, lines)
      each(path, holes, lines)
      go()
    end)
  end
  go()
end

--- The quickfix list of the holes of the project.
function M.all()
  local client, root = M.project()
  if not client then
    return
  end
  M.files(root, function(paths)
    local items = {}
    M.through(client, paths, function(_, holes, lines)
      for _, hole in ipairs(holes) do
        items[#items + 1] = item(hole, lines[hole.range.start.line + 1] or "", client)
      end
    end, function()
      list(("Maze: holes in %d files"):format(#paths), items)
    end)
  end)
end

--- Go to the next hole behind the cursor (`step` 1) or the one before it (-1), round the file.
---@param step 1|-1
function M.go(step)
  local buf = vim.api.nvim_get_current_buf()
  local client = client_of.needed(buf)
  if not client then
    return
  end
  M.of(client, vim.uri_from_bufnr(buf), function(holes)
    local at = vim.api.nvim_win_get_cursor(0)
    local places = vim.tbl_map(function(hole)
      local row, column = client_of.place(buf, client, hole.range.start)
      return { row + 1, column }
    end, holes)
    if #places == 0 or vim.api.nvim_get_current_buf() ~= buf then
      return say.info("there are no holes here.")
    end
    local target = step > 0 and places[1] or places[#places]
    for number = step > 0 and 1 or #places, step > 0 and #places or 1, step do
      local row, column = places[number][1], places[number][2]
      local order = row ~= at[1] and row - at[1] or column - at[2]
      if order * step > 0 then
        target = places[number]
        break
      end
    end
    vim.cmd("normal! m'")
    vim.api.nvim_win_set_cursor(0, target)
  end)
end

return M

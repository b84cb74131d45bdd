-- The user's configuration in the tests: the plugin on the runtime path, settings from the test, the server enabled.
local given = vim.json.decode(vim.env.MAZE_TEST or "{}")
vim.opt.runtimepath:prepend(vim.env.MAZE_TEST_PLUGIN)
vim.g.maze = given.plugin
vim.o.swapfile = false
vim.o.expandtab = true
vim.lsp.config("maze_lsp", { settings = { maze = given.settings }, cmd = given.command })
if given.enable ~= false then
  vim.lsp.enable("maze_lsp")
end

-- What the tests look at: messages, and all previews that were drawn.
Seen = { messages = {}, previews = {} }
if not vim.env.MAZE_TEST_TUI then
  vim.notify = function(message, level)
    table.insert(Seen.messages, { message, level })
  end
end
vim.o.statusline = "%f %{v:lua.require'maze'.status()}"

-- One call of a test: Lua in, JSON out.
local function drive(request)
  local code, argument = unpack(vim.json.decode(request))
  local chunk, problem = load("local arg = ...\n" .. code)
  if not chunk then
    return vim.json.encode({ error = problem })
  end
  local done, answer = xpcall(chunk, debug.traceback, argument)
  if not done then
    return vim.json.encode({ error = answer })
  end
  return vim.json.encode({ answer = answer == nil and vim.NIL or answer })
end

-- The tests' own line to this editor: a request a line, answered in order.
local listener = assert(vim.uv.new_pipe())
assert(listener:bind(vim.env.MAZE_TEST_SOCKET))
listener:listen(1, function()
  local pipe = assert(vim.uv.new_pipe())
  listener:accept(pipe)
  local rest = ""
  pipe:read_start(function(_, data)
    rest = rest .. (data or "")
    for line in rest:gmatch("([^\n]*)\n") do
      vim.schedule(function()
        pipe:write(drive(line) .. "\n")
      end)
    end
    rest = rest:match("[^\n]*$")
  end)
end)

-- The virtual text of the plugin in a buffer, as one text.
function Shown(buf)
  local texts = {}
  for name, namespace in pairs(vim.api.nvim_get_namespaces()) do
    if vim.startswith(name, "maze") then
      for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buf or 0, namespace, 0, -1, { details = true })) do
        local details = mark[4]
        for _, chunk in ipairs(details.virt_text or {}) do
          texts[#texts + 1] = chunk[1]
        end
        for _, line in ipairs(details.virt_lines or {}) do
          texts[#texts + 1] = line[1][1]
        end
      end
    end
  end
  return table.concat(texts, "\n")
end

-- The titles of the code lenses, in order.
function Lenses()
  local titles = {}
  local new = vim.fn.has("nvim-0.12") == 1
  for _, one in ipairs(vim.lsp.codelens.get(new and { bufnr = 0 } or 0)) do
    titles[#titles + 1] = (one.lens or one).command.title
  end
  table.sort(titles)
  return titles
end

-- The first action that the plugin's users see in the menu, chosen as `gra` and Enter do.
function Choose(title)
  vim.ui.select = function(items, options, chosen)
    for _, item in ipairs(items) do
      if options.format_item(item):find(title or "Generate constrained", 1, true) then
        return chosen(item)
      end
    end
    error("no such action")
  end
  vim.lsp.buf.code_action()
end

-- One generated edit after another through the client: action, edit, undo; each time the server's text is compared.
-- `arg` is how many; the answer is in `Many` when `Many.done` is true.
local buf = vim.api.nvim_get_current_buf()
local client = require("maze.client").of(buf)
local uri = vim.uri_from_bufnr(buf)
Many = { done = false, edits = 0, problems = {} }

local function text()
  local lines = vim.api.nvim_buf_get_lines(buf, 0, -1, false)
  return table.concat(lines, "\n") .. "\n"
end

local function wrong(words)
  table.insert(Many.problems, ("%d: %s"):format(Many.edits, words))
end

-- Compare with what the server has.
local function compare(moment, next)
  require("maze.client").command(client, "maze.digest", { uri = uri }, function(answer)
    if type(answer) ~= "table" or answer.digest ~= vim.fn.sha256(text()) then
      wrong("the texts differ " .. moment)
    end
    next()
  end)
end

local rows = {}
for number, line in ipairs(vim.api.nvim_buf_get_lines(buf, 0, -1, false)) do
  if line:find("...", 1, true) then
    rows[#rows + 1] = { number - 1, (line:find("...", 1, true)) - 1 }
  end
end

local function round()
  if Many.edits == arg or #Many.problems > 5 then
    Many.done = true
    return
  end
  Many.edits = Many.edits + 1
  local before = text()
  local place = rows[Many.edits % #rows + 1]
  local at = require("maze.client").position(buf, client, place[1], place[2])
  local params = {
    textDocument = { uri = uri },
    range = { start = at, ["end"] = at },
    context = { diagnostics = {}, only = { "refactor.rewrite.generate" } },
  }
  client:request("textDocument/codeAction", params, function(_, actions)
    local command = actions and actions[1] and (actions[1].command or { arguments = { actions[1].data } })
    if not command then
      wrong("no action")
      return round()
    end
    require("maze.client").command(client, "maze.generate", command.arguments[1], function(answer)
      if type(answer) ~= "table" or answer.status ~= "applied" then
        wrong(vim.inspect(answer))
        return round()
      end
      if not text():find(answer.text, 1, true) or text() == before then
        wrong("the text is not there")
      end
      compare("after the edit", function()
        vim.cmd("silent undo")
        if text() ~= before then
          wrong("one undo does not restore")
        end
        compare("after undo", function()
          vim.schedule(round)
        end)
      end)
    end)
  end, buf)
end

round()

--- Edits of the server: of one version, one step to undo each.
local M = {}

--- Begin a new step to undo in a buffer: what comes is not joined with what was typed before.
---@param buf integer
function M.step(buf)
  vim.api.nvim_buf_call(buf, function()
    vim.cmd("let &g:undolevels = &g:undolevels")
  end)
end

local joining = {} ---@type table<integer, integer> Buffer → changedtick of its last edit, while edits are joined.

--- From now on each edit of a buffer is one step together with the one before, if nothing came between; see `part`.
---@param buf integer
function M.join(buf)
  joining[buf] = -1
end

---@param buf integer
function M.part(buf)
  joining[buf] = nil
end

---@param buf integer
---@param edits lsp.TextEdit[]
---@param client vim.lsp.Client
local function change(buf, edits, client)
  if joining[buf] and joining[buf] == vim.api.nvim_buf_get_changedtick(buf) then
    vim.api.nvim_buf_call(buf, function()
      pcall(vim.cmd.undojoin)
    end)
  else
    M.step(buf)
  end
  for _, edit in ipairs(edits) do
    edit.annotationId = nil -- Neovim 0.12 would announce it; the marks say the same
  end
  vim.lsp.util.apply_text_edits(edits, buf, client.offset_encoding)
  if joining[buf] then
    joining[buf] = vim.api.nvim_buf_get_changedtick(buf)
  else
    M.step(buf)
  end
end

---@param client vim.lsp.Client
---@param edit lsp.WorkspaceEdit
---@return lsp.ApplyWorkspaceEditResult
function M.apply(client, edit)
  local changes = edit.documentChanges or {}
  for _, one in ipairs(changes) do
    local buf = vim.uri_to_bufnr(one.textDocument.uri)
    local version = one.textDocument.version
    if not vim.api.nvim_buf_is_loaded(buf) then
      return { applied = false, failureReason = "the file is not open any more" }
    end
    if not vim.bo[buf].modifiable then
      return { applied = false, failureReason = "the buffer cannot be modified" }
    end
    local now = vim.lsp.util.buf_versions[buf]
    if type(version) == "number" and now and now ~= version then
      return { applied = false, failureReason = "the buffer has changed" }
    end
  end
  for _, one in ipairs(changes) do
    local done, problem = pcall(change, vim.uri_to_bufnr(one.textDocument.uri), one.edits, client)
    if not done then
      return { applied = false, failureReason = tostring(problem) }
    end
  end
  return { applied = #changes > 0 }
end

return M

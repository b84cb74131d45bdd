-- What is there before first use: a command, highlight links and <Plug> maps. Everything else is loaded when asked for.
if vim.g.loaded_maze then
  return
end
vim.g.loaded_maze = true

if vim.fn.has("nvim-0.11") == 0 then
  vim.api.nvim_create_user_command("Maze", function()
    vim.notify("maze: this Neovim is too old; 0.11 or newer is needed.", vim.log.levels.ERROR)
  end, { nargs = "*", bang = true })
  return
end

for name, link in pairs({
  MazePreview = "Comment",
  MazeReplaced = "NonText",
  MazeProposal = "DiffAdd",
  MazeHint = "NonText",
  MazeInline = "Comment",
  MazeSign = "LspCodeLens",
  MazeSignEdited = "DiagnosticSignWarn",
  MazeGenerated = "NONE",
}) do
  vim.api.nvim_set_hl(0, name, { link = link, default = true })
end

vim.api.nvim_create_user_command("Maze", function(arguments)
  require("maze.command").run(arguments)
end, {
  nargs = "*",
  bang = true,
  desc = "Constrained generation: holes, fill, status, log, stop, restart",
  complete = function(lead, line)
    return require("maze.command").complete(lead, line)
  end,
})

for name, of in pairs({
  generate = { { "n", "x" }, "Generate constrained at the cursor" },
  accept = { "n", "Accept the generated text here" },
  ["accept-line"] = { "n", "Accept the next line of the proposed text" },
  reject = { "n", "Reject the proposed text" },
  regenerate = { "n", "Generate the text here anew" },
  why = { "n", "Show where the generated text here came from" },
  stop = { "n", "Cancel what is being generated" },
  ["next"] = { "n", "Go to the next hole" },
  previous = { "n", "Go to the previous hole" },
  ["inline-accept"] = { "i", "Take the suggestion at the cursor" },
  ["inline-word"] = { "i", "Take the next word of the suggestion" },
  ["inline-line"] = { "i", "Take the next line of the suggestion" },
  ["inline-dismiss"] = { "i", "Hide the suggestion" },
  ["inline-request"] = { "i", "Ask for a suggestion at the cursor" },
}) do
  vim.keymap.set(of[1], ("<Plug>(maze-%s)"):format(name), function()
    require("maze.maps")[name]()
  end, { desc = of[2] })
end

// Drives a browser for the tests: one JSON object a line comes in on stdin, one goes out for each on stdout.
//   {id, do: <name below>, ...arguments} → {id, value} or {id, error}; {event, value} may come between.

const readline = require("node:readline");
const { chromium } = require(process.argv[2]);

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
let browser, page;

const does = {
  async start({ program }) {
    browser = await chromium.launch({ executablePath: program, args: FLAGS });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, permissions: ["clipboard-read", "clipboard-write"] });
    page = await context.newPage();
    await page.exposeFunction("codeAutomationLog", (kind, parts) => send({ event: "log", value: `${kind}: ${parts}` }));
    await page.exposeFunction("codeAutomationExit", (code) => send({ event: "exit", value: code }));
  },
  open: ({ url }) => page.goto(url, { waitUntil: "domcontentloaded" }).then(() => null),
  press: ({ key }) => page.keyboard.press(key).then(() => null),
  type: ({ text, delay }) => page.keyboard.type(text, { delay: delay ?? 0 }).then(() => null),
  // The texts of all elements that can be seen, white space as it looks.
  texts: ({ selector }) =>
    page.evaluate(
      (wanted) =>
        [...document.querySelectorAll(wanted)]
          .filter((element) => element.getClientRects().length)
          .map((element) => element.innerText.replaceAll("\u00a0", " ")),
      selector,
    ),
  click: ({ selector, text, button }) =>
    page.locator(selector, text === undefined ? {} : { hasText: text }).first().click({ timeout: 5000, button: button ?? "left" }).then(() => null),
  hover: ({ selector, text }) => page.locator(selector, { hasText: text }).first().hover({ timeout: 5000 }).then(() => null),
  evaluate: ({ script }) => page.evaluate(script),
  frames: ({ selector }) =>
    Promise.all(
      page.frames().map((frame) =>
        frame
          .evaluate((wanted) => [...document.querySelectorAll(wanted)].map((element) => element.innerText), selector)
          .catch(() => []),
      ),
    ).then((all) => all.flat()),
  picture: ({ path, clip }) => page.screenshot({ path, ...(clip ? { clip } : {}) }).then(() => null),
  stop: async () => (await browser?.close()) ?? null,
};

const lines = readline.createInterface({ input: process.stdin });
lines.on("close", () => does.stop().finally(() => process.exit(0))); // the tests are gone
lines.on("line", async (line) => {
  const { id, do: name, ...rest } = JSON.parse(line);
  try {
    send({ id, value: await does[name](rest) });
  } catch (error) {
    send({ id, error: String(error) });
  }
  if (name === "stop") {
    process.exit(0);
  }
});

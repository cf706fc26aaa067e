/**
 * Use the dashboard in Firefox, through WebDriver BiDi. In: a JSON argument (see `Smoke` below).
 * Out: exit 0, or 1 with what went wrong on stderr.
 *
 * @typedef {object} Smoke
 * @property {string} firefox The executable.
 * @property {string} profiles A folder for its profile.
 * @property {string} home The dashboard's origin.
 * @property {string} events Where ingestd takes events.
 * @property {Record<string, string>} views A text that each view shows once its data are there.
 * @property {object[]} ask The events of a session that waits for permission.
 * @property {{ path: string, text: string }} session A session's page, and a text on it.
 * @property {{ typed: string, path: string }} palette What is typed, and the address it leads to.
 */
import { createRequire } from "node:module";

const puppeteer = createRequire(new URL("../../web/package.json", import.meta.url))(
  "puppeteer-core",
).default;
/** @type {Smoke} */
const smoke = JSON.parse(process.argv[2]);
const TIMEOUT_MS = 60_000;

let step = "start Firefox";
const problems = [];
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: smoke.firefox,
  userDataDir: smoke.profiles,
  headless: true,
  timeout: TIMEOUT_MS,
});
try {
  const [page] = await browser.pages();
  page.setDefaultTimeout(TIMEOUT_MS);
  await page.setViewport({ width: 1440, height: 900 });
  page.on("pageerror", (error) => problems.push(`${step}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`${step}: ${message.text()}`);
  });
  await use(page);
} catch (error) {
  problems.push(`${step}: ${error.message}`);
} finally {
  await browser.close();
}
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exitCode = 1;
}

async function use(page) {
  step = "load the page";
  await page.goto(smoke.home);
  await shows(page, '[data-connection="live"]');

  step = "have the stream in a shared worker";
  const hasWorker = await page.evaluate(() => typeof SharedWorker === "function");
  if (!hasWorker) throw new Error("no SharedWorker in this Firefox");
  const { streams } = await (await fetch(`${smoke.home}/api/health`)).json();
  if (streams !== 1) throw new Error(`${streams} streams are open, not 1`);

  step = "receive an event by the stream";
  for (const body of smoke.ask)
    await fetch(smoke.events, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  await page.waitForFunction(() => /^\([1-9]\d*\) /.test(document.title));
  await shows(page, '[data-connection="live"]');

  for (const [path, text] of Object.entries(smoke.views)) {
    step = `show ${path}`;
    await page.click(`a[href="${path}"]`);
    await page.waitForFunction((wanted) => location.pathname === wanted, {}, path);
    await says(page, text);
  }

  step = "open a session";
  await page.click('nav a[href="/"]');
  const link = `main a[href^="${smoke.session.path}"]`;
  await page.waitForSelector(link);
  await page.click(link);
  await page.waitForFunction((wanted) => location.pathname === wanted, {}, smoke.session.path);
  await says(page, smoke.session.text);

  step = "use the palette";
  await page.keyboard.down("Control");
  await page.keyboard.press("k");
  await page.keyboard.up("Control");
  await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "combobox");
  await page.keyboard.type(smoke.palette.typed);
  await shows(page, "[role=option]");
  await page.keyboard.press("Enter");
  await page.waitForFunction((wanted) => location.pathname === wanted, {}, smoke.palette.path);
}

async function shows(page, selector) {
  await page.waitForSelector(selector);
}

/** Wait for the view's own data: its text, and no skeleton any more. */
async function says(page, text) {
  await page.waitForFunction(
    (wanted) => {
      const main = document.querySelector("main");
      return main?.innerText.includes(wanted) && main.querySelector(".pulse") === null;
    },
    {},
    text,
  );
}

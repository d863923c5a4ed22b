// Opens reports in a browser without a window, uses them as people do, and writes
// what they then show as JSON: node report_browser.cjs CHROMIUM TASKS
//
// TASKS is JSON: by name the file of a page, and what to filter its changes by:
// text, action, attr and result.
"use strict";
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

async function browse(browser, task) {
  const url = pathToFileURL(task.file).href;
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  page.setDefaultTimeout(20000);
  const seen = { Problems: [], Requests: [] };
  page.on("console", (m) => seen.Problems.push(m.text()));
  page.on("pageerror", (e) => seen.Problems.push(String(e)));
  page.on("dialog", (d) => seen.Problems.push(d.message()));
  page.on("request", (r) => r.url() === url || seen.Requests.push(r.url()));
  await page.goto(url);
  seen.Title = await page.title();
  if (await page.locator("#changes").count()) await use(page, task, seen);
  seen.Owned = await page.evaluate(() => window.owned || "");
  await page.setViewportSize({ width: 400, height: 800 });
  seen.Wide = await page.evaluate(() => [...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > 400 && !e.closest("[hidden]"))
    .map((e) => e.tagName + "#" + e.id));
  seen.Broken = await page.evaluate(() => [...document.querySelectorAll("span.number")]
    .filter((e) => e.getClientRects().length > 1).map((e) => e.textContent));
  seen.Empty = await page.evaluate(() => [...document.querySelectorAll("td, th")]
    .filter((e) => e.textContent.trim() === "").map((e) => e.tagName + " " + e.cellIndex));
  await page.close();
  for (const name of ["Problems", "Requests", "Wide", "Broken", "Empty"]) if (seen[name].length === 0) seen[name] = null;
  return seen;
}

async function use(page, task, seen) {
  const count = () => page.locator("#count").textContent();
  const tracking = await page.locator("#result").count() ? 2 : 1;
  const first = () => page.locator("#rows tr").first().locator("td").nth(tracking).textContent();
  const select = async (label, option) => {
    if (!option) return "";
    await page.getByLabel(label, { exact: true }).selectOption({ label: option });
    const text = await count();
    await page.getByLabel(label, { exact: true }).selectOption("");
    return text;
  };
  seen.Count = await count();
  seen.Rows = await page.locator("#rows tr").count();
  seen.First = await first();
  seen.Link = await page.locator("#rows a").count() ? await page.locator("#rows a").first().evaluate((a) => `${a.textContent} ${a.href}`) : "";
  await page.getByLabel("Text", { exact: true }).fill(task.text);
  seen.Text = await count();
  await page.getByLabel("Text", { exact: true }).fill("");
  seen.Attr = await select("Attribute", task.attr);
  seen.Action = await select("Action", task.action);
  seen.Result = await select("Result", task.result);
  if (await page.locator("#pages").isVisible()) {
    seen.Page = await page.locator("#page").textContent();
    await page.getByRole("button", { name: "Next" }).focus();
    await page.keyboard.press("Enter");
    seen.Next = await page.locator("#page").textContent();
  }
  const sort = page.getByRole("button", { name: /^Tracking/ });
  await sort.focus();
  await page.keyboard.press("Enter");
  seen.FirstUp = await first();
  await page.keyboard.press("Enter");
  seen.FirstDown = await first();
  seen.Sorted = await page.locator("th", { has: sort }).getAttribute("aria-sort");
}

(async () => {
  const [executablePath, tasks] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath, args: flags });
  const all = {};
  try {
    for (const [name, task] of Object.entries(JSON.parse(tasks))) all[name] = await browse(browser, task);
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(all));
})().catch((e) => {
  console.error(e);
  process.exitCode = 1;
});

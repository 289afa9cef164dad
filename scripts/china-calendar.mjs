// Writes the working days of China for the Scheduler's genesis, from the npm package `chinese-days`
// (MIT), which follows the announcements of the State Council.
//
//   npm install --no-save chinese-days && node scripts/china-calendar.mjs 2024 2025 2026
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const entry = require.resolve("chinese-days");
const folder = dirname(entry);
const { version, license } = JSON.parse(readFileSync(join(folder, "..", "package.json"), "utf8"));
const years = process.argv.slice(2);
if (years.length === 0) throw new Error("name the years");

const days = (table, year) =>
  Object.keys(table)
    .filter((day) => day.startsWith(`${year}-`))
    .sort()
    .map((day) => day.slice(5))
    .join(" ");
const lines = years.map((year) => {
  const data = JSON.parse(readFileSync(join(folder, "years", `${year}.json`), "utf8"));
  return `${year} off ${days(data.holidays, year)}\n${year} on ${days(data.workdays, year)}\n`;
});
const head = `# Public holidays (off) and make-up working days (on) of China, as the State Council announced
# them. Other days: Monday to Friday are working days. From the npm package chinese-days ${version}
# (${license}), by scripts/china-calendar.mjs; PyPI's chinesecalendar 1.11.0 (MIT) says the same.
# Genesis reads it, so a chain in use has it in its state: a new year is governance's to add.
`;
writeFileSync("crates/modules/src/scheduler/calendar/china.txt", head + lines.join(""));

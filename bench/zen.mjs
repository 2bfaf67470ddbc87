// The province's table as a decision of GoRules ZEN: zen.mjs DIR
//
// Reads DIR/facts.json (a sample; facts worked out already: full years, months, best certificate),
// evaluates province.jdm.json for each, and leaves DIR/zen.csv (id,lo,hi) and DIR/zen.figures.
// Ends with 3 where the package is not installed.
import { readFileSync, writeFileSync } from "node:fs";

const dir = process.argv[2];
const { ZenEngine } = await import("@gorules/zen-engine").catch(() => process.exit(3));

const BATCH = 64; // under way at a time
const facts = JSON.parse(readFileSync(`${dir}/facts.json`, "utf8"));
const engine = new ZenEngine();
const decision = engine.createDecision(readFileSync(new URL("province.jdm.json", import.meta.url)));

async function all() {
    const rows = [];
    for (let i = 0; i < facts.length; i += BATCH)
        rows.push(...(await Promise.all(facts.slice(i, i + BATCH).map((f) => decision.evaluate(f)))));
    return rows;
}

let best;
for (let round = 0; round < 3; round++) {
    const cpu = process.cpuUsage(), from = performance.now();
    const rows = await all();
    const ms = performance.now() - from, used = process.cpuUsage(cpu);
    if (best === undefined || ms < best.ms) best = { ms, cpu: (used.user + used.system) / 1000, rows };
}
writeFileSync(`${dir}/zen.csv`, best.rows.map((r, i) => `${facts[i].id},${r.result.lo},${r.result.hi}\n`).join(""));
writeFileSync(`${dir}/zen.figures`,
    `evaluate_us ${Math.round(best.ms * 1000)}\nevaluate_cpu_us ${Math.round(best.cpu * 1000)}\npersons ${facts.length}\n`);

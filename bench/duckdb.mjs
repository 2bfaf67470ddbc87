// The province's table in DuckDB, beside ours: duckdb.mjs DIR DAY SAMPLE
//
// Loads the province's registers from DIR/part*/*.csv into tables in memory, as narrow as they can
// be (numbers for codes, no texts), runs province.sql, and leaves in DIR
//   duckdb.csv      id,lo,hi of everybody, by id
//   facts.json      what a rule engine gets of the first SAMPLE residents: facts worked out already
//   duckdb.figures  NAME VALUE lines: milliseconds by the clock and of the processors
// Ends with 3 where the package is not installed.
import { readFileSync, writeFileSync } from "node:fs";

const [dir, day, sample] = process.argv.slice(2);
const { DuckDBInstance } = await import("@duckdb/node-api").catch(() => process.exit(3));

const LEVELS = ["junior_middle_or_below", "senior_middle", "college", "bachelor", "master", "doctor"];
const CERTIFICATES = ["qualification_1", "qualification_2", "qualification_3", "qualification_4", "qualification_5",
    "skill_1", "skill_2", "skill_3", "skill_4", "skill_5", "title_senior", "title_deputy_senior",
    "title_intermediate", "title_junior", "special_ability"];
const STATUSES = ["valid", "suspended", "cancelled"];

const number = (list, cell) => `(list_position(${JSON.stringify(list).replaceAll('"', "'")}, ${cell}) - 1)::TINYINT`;
const month = (cell) => `(12 * left(${cell}, 4)::INTEGER + right(${cell}, 2)::INTEGER)`;
const TABLES = {
    person: { cells: ["birth_date"], make: "birth_date::DATE AS birth" },
    permit: {
        cells: ["division", "status", "from", "to"],
        make: `${number(STATUSES, "status")} AS status, "from"::DATE AS since, "to"::DATE AS until`,
    },
    education: { cells: ["level", "awarded_on"], make: `${number(LEVELS, "level")} AS level, awarded_on::DATE AS awarded` },
    skill: {
        cells: ["certificate", "awarded_on"],
        make: `${number(CERTIFICATES, "certificate")} AS certificate, awarded_on::DATE AS awarded`,
    },
    pension: {
        cells: ["division", "from_month", "to_month"],
        make: `division::INTEGER AS place, ${month("from_month")} AS since, ${month("to_month")} AS until`,
    },
    residence: {
        cells: ["division", "from", "to"],
        make: `division::INTEGER AS place, "from"::DATE AS since, "to"::DATE AS until`,
    },
};

const figures = [];
const note = (name, value) => figures.push(`${name} ${Math.round(value)}`);

const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
const db = await instance.connect();
await db.run("SET threads = 2");
await db.run(`SET memory_limit = '${process.env.JIFEN_DUCKDB_MEMORY ?? "9GB"}'`);
await db.run(`SET temp_directory = '${dir}/duckdb.tmp'`);

// The quickest of `rounds`, by the clock; its processor time.
async function measure(name, rounds, work) {
    let best;
    for (let i = 0; i < rounds; i++) {
        const cpu = process.cpuUsage(), from = performance.now();
        await work();
        const ms = performance.now() - from, used = process.cpuUsage(cpu);
        if (best === undefined || ms < best.ms) best = { ms, cpu: (used.user + used.system) / 1000 };
    }
    note(`${name}_us`, best.ms * 1000);
    note(`${name}_cpu_us`, best.cpu * 1000);
}

await measure("load", 1, async () => {
    for (const [name, t] of Object.entries(TABLES)) {
        const columns = ["person_id", ...t.cells].map((c) => `'${c}': 'VARCHAR'`).join(", ");
        await db.run(`CREATE TABLE ${name} AS SELECT substr(person_id, 2)::INTEGER AS id, ${t.make}
            FROM read_csv('${dir}/part*/${name}.csv', header = true, columns = {${columns}})`);
    }
});

const statement = readFileSync(new URL("province.sql", import.meta.url), "utf8")
    .replaceAll("$month", String(12 * Number(day.slice(0, 4)) + Number(day.slice(5, 7))))
    .replaceAll("$day", `DATE '${day}'`);
const people = Number((await db.runAndReadAll("SELECT count(*) FROM person")).getRows()[0][0]);
const rounds = people < 5000000 ? 3 : 1;

await measure("query", rounds, () => db.run(`SELECT count(*), sum(lo), sum(hi) FROM (${statement})`));
await measure("table", rounds, () => db.run(`CREATE OR REPLACE TABLE result AS ${statement}`));
await db.run(`COPY (SELECT id, lo, hi FROM result ORDER BY id) TO '${dir}/duckdb.csv' (HEADER false)`);

const facts = await db.runAndReadAll(`SELECT * FROM (${statement.replace(/SELECT id,\s+\(CASE[\s\S]*$/, "SELECT * FROM facts")})
    WHERE id <= ${sample} ORDER BY id`);
writeFileSync(`${dir}/facts.json`, JSON.stringify(facts.getRowObjectsJson().map((f) => ({
    id: f.id, years: Number(f.years), permit: STATUSES[f.status] ?? "none", education: LEVELS[f.level] ?? "unknown",
    skill: Number(f.skill) === 0 ? "none" : { 1000: "skill_1", 800: "skill_3", 500: "skill_4", 300: "skill_5" }[f.skill],
    pension_months: Number(f.paid), residence_months: Number(f.stayed),
}))));
writeFileSync(`${dir}/duckdb.figures`, figures.join("\n") + "\n");

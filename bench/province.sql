-- The five indicators of the province (rules/zhejiang.md) for everybody, by hand, in 1/100 points:
-- lower and upper end of the total on the day $day, whose month is $month (months since year 0).
--
-- Months and days of records that overlap are counted once. A resident with one record needs no
-- merging: those are told apart first, which is much quicker than a window over everybody.
WITH
permits AS (
    SELECT id, max(status) AS status FROM permit
    WHERE since <= $day AND (until IS NULL OR until > $day) GROUP BY id),
levels AS (
    SELECT id, max(level) AS level FROM education
    WHERE awarded IS NULL OR awarded <= $day GROUP BY id),
skills AS (
    SELECT id, max(CASE WHEN certificate IN (0, 1, 5, 6, 10, 11, 12) THEN 1000
                        WHEN certificate IN (2, 7, 13) THEN 800
                        WHEN certificate IN (3, 8) THEN 500 ELSE 300 END) AS points
    FROM skill WHERE awarded IS NULL OR awarded <= $day GROUP BY id),
paid AS (
    SELECT id, since, least(until, $month) AS until FROM pension
    WHERE place BETWEEN 330000 AND 339999 AND since <= $month),
paid_by AS (
    SELECT id, count(*) AS n, sum(until - since + 1) AS months FROM paid GROUP BY id),
paid_after AS (
    SELECT id, until, greatest(since, 1 + coalesce(max(until) OVER (
        PARTITION BY id ORDER BY since ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), -1)) AS since
    FROM paid SEMI JOIN (SELECT id FROM paid_by WHERE n > 1) USING (id)),
months_paid AS (
    SELECT id, months FROM paid_by WHERE n = 1
    UNION ALL
    SELECT id, sum(greatest(until - since + 1, 0)) FROM paid_after GROUP BY id),
stays AS (
    SELECT id, since, least(coalesce(until, $day), $day) AS until FROM residence
    WHERE place BETWEEN 330000 AND 339999 AND since <= $day),
stays_by AS (
    SELECT id, count(*) AS n, min(since) AS since, max(until) AS until FROM stays GROUP BY id),
stays_before AS (
    SELECT id, since, until, max(until) OVER (
        PARTITION BY id ORDER BY since ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM stays SEMI JOIN (SELECT id FROM stays_by WHERE n > 1) USING (id)),
stays_numbered AS (
    SELECT id, since, until, sum((before IS NULL OR since > before)::INTEGER) OVER (
        PARTITION BY id ORDER BY since ROWS UNBOUNDED PRECEDING) AS spell
    FROM stays_before),
spells AS (
    SELECT id, since, until FROM stays_by WHERE n = 1
    UNION ALL
    SELECT id, min(since), max(until) FROM stays_numbered GROUP BY id, spell),
whole AS ( -- complete on the same day of a later month, or the first after it where there is none
    SELECT id, since, until,
        12 * (year(until) - year(since)) + month(until) - month(since)
            - (day(until) < day(since))::INTEGER AS months
    FROM spells WHERE until > since),
months_stayed AS (
    SELECT id, sum(months) + sum(until - least(
        date_trunc('month', since + to_months(months::INTEGER))::DATE + (day(since) - 1)::INTEGER,
        (date_trunc('month', since + to_months(months::INTEGER)) + to_months(1))::DATE)) // 30 AS months
    FROM whole GROUP BY id),
facts AS (
    SELECT person.id, 
        year($day) - year(birth)
            - (100 * month(birth) + day(birth) > 100 * month($day) + day($day))::INTEGER AS years,
        permits.status, levels.level, coalesce(skills.points, 0) AS skill,
        coalesce(months_paid.months, 0) AS paid, coalesce(months_stayed.months, 0) AS stayed
    FROM person
    LEFT JOIN permits USING (id) LEFT JOIN levels USING (id) LEFT JOIN skills USING (id)
    LEFT JOIN months_paid USING (id) LEFT JOIN months_stayed USING (id)),
points AS (
    SELECT id, coalesce(status = 0, false) AS counts, skill,
        CASE WHEN years < 55 THEN least(500 + 100 * (55 - years), 2000)
             WHEN years <= 60 THEN 500 ELSE 0 END AS age,
        CASE WHEN level >= 3 THEN 1000 WHEN level = 2 THEN 800 ELSE 500 END AS education,
        CASE WHEN level >= 3 OR level IS NULL THEN 1000 WHEN level = 2 THEN 800 ELSE 500 END
            AS education_most,
        least(50 * paid, 3000) AS pension, least(25 * stayed, 3000) AS residence
    FROM facts)
SELECT id,
    (CASE WHEN counts THEN age + education + skill + pension + residence ELSE 0 END)::INTEGER AS lo,
    (CASE WHEN counts THEN age + education_most + skill + pension + residence ELSE 0 END)::INTEGER AS hi
FROM points

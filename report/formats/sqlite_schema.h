/* sqlite_schema.h - the tables, the view and the indices of -o sqlite. Private to report/formats/sqlite.c. */
#ifndef REPORT_FORMATS_SQLITE_SCHEMA_H
#define REPORT_FORMATS_SQLITE_SCHEMA_H

#define SQLITE_TABLES                                                                                                  \
	"CREATE TABLE runs(run INTEGER PRIMARY KEY, scenario TEXT NOT NULL, seed TEXT NOT NULL, kubernetes TEXT NOT "  \
	"NULL,"                                                                                                        \
	" digest TEXT NOT NULL, duration_s REAL, warmup_s REAL, nodefall TEXT NOT NULL);"                              \
	"CREATE TABLE nodes(node TEXT PRIMARY KEY, zone TEXT, cpu_milli INTEGER, memory_bytes INTEGER, pods_max "      \
	"INTEGER);"                                                                                                    \
	"CREATE TABLE pods(id INTEGER PRIMARY KEY, namespace TEXT, pod TEXT, owner TEXT, node TEXT, created_s REAL,"   \
	" cpu_milli INTEGER, memory_bytes INTEGER, ready INTEGER, removed INTEGER);"                                   \
	"CREATE TABLE failures(failure TEXT, kind TEXT, at_s REAL, healed_at_s REAL);"                                 \
	"CREATE TABLE failed_nodes(failure TEXT, node TEXT);"                                                          \
	"CREATE TABLE recoveries(id INTEGER PRIMARY KEY, failure TEXT, namespace TEXT, pod TEXT, owner TEXT, node "    \
	"TEXT,"                                                                                                        \
	" replacement TEXT, replacement_node TEXT, failed_s REAL, ready_s REAL, total_s REAL);"                        \
	"CREATE TABLE recovery_times(recovery INTEGER REFERENCES recoveries, instant TEXT, at_s REAL);"                \
	"CREATE TABLE legs(recovery INTEGER REFERENCES recoveries, leg TEXT, seconds REAL);"                           \
	"CREATE TABLE run_legs(run INTEGER REFERENCES runs, leg TEXT, count INTEGER, mean REAL, sd REAL, min REAL,"    \
	" max REAL);"                                                                                                  \
	"CREATE TABLE services(namespace TEXT, service TEXT, availability REAL, lost_pod_seconds REAL);"               \
	"CREATE TABLE requests(namespace TEXT, service TEXT, sent REAL, error_share REAL, no_endpoint REAL,"           \
	" dead_endpoint REAL, backlog_full REAL, too_late REAL, latency_mean_s REAL, latency_p50_s REAL,"              \
	" latency_p95_s REAL, latency_p99_s REAL, highest_load REAL);"                                                 \
	"CREATE TABLE clients(client TEXT, requests INTEGER, longest_queue INTEGER, waited_s REAL);"                   \
	"CREATE TABLE gaps(what TEXT, total_s REAL);"                                                                  \
	"CREATE TABLE load(part TEXT, resource TEXT, from_s REAL, to_s REAL, mean REAL, cv REAL, max_over_mean REAL,"  \
	" jain REAL, gini REAL);"                                                                                      \
	"CREATE TABLE node_load(node TEXT, part TEXT, resource TEXT, mean REAL);"                                      \
	"CREATE TABLE expectations(text TEXT, metric TEXT, value REAL, held INTEGER, why TEXT);"                       \
	"CREATE TABLE facts(id INTEGER PRIMARY KEY, at_s REAL NOT NULL, kind TEXT NOT NULL, node TEXT, namespace "     \
	"TEXT,"                                                                                                        \
	" pod TEXT, detail TEXT, sentence TEXT, cause INTEGER REFERENCES facts, leg TEXT);"                            \
	"CREATE VIEW recovery_legs AS SELECT recovery, r.failure, r.namespace, r.pod, r.owner,"                        \
	" MAX(CASE leg WHEN 'detection' THEN seconds END) AS detection, MAX(CASE leg WHEN 'taint' THEN seconds END) "  \
	"AS "                                                                                                          \
	"taint,"                                                                                                       \
	" MAX(CASE leg WHEN 'toleration' THEN seconds END) AS toleration,"                                             \
	" MAX(CASE leg WHEN 'recreation' THEN seconds END) AS recreation,"                                             \
	" MAX(CASE leg WHEN 'scheduling' THEN seconds END) AS scheduling, MAX(CASE leg WHEN 'pull' THEN seconds END) " \
	"AS pull,"                                                                                                     \
	" MAX(CASE leg WHEN 'start' THEN seconds END) AS start, MAX(CASE leg WHEN 'readiness' THEN seconds END) AS "   \
	"readiness,"                                                                                                   \
	" MAX(CASE leg WHEN 'total' THEN seconds END) AS total"                                                        \
	" FROM legs JOIN recoveries r ON r.id = recovery GROUP BY recovery;"

/* Made when all rows are in. */
#define SQLITE_INDICES                                                                                                 \
	"CREATE INDEX facts_kind ON facts(kind); CREATE INDEX facts_pod ON facts(pod);"                                \
	"CREATE INDEX facts_node ON facts(node); CREATE INDEX facts_cause ON facts(cause);"                            \
	"CREATE INDEX legs_leg ON legs(leg); CREATE INDEX legs_recovery ON legs(recovery);"                            \
	"CREATE INDEX recovery_times_recovery ON recovery_times(recovery);"                                            \
	"CREATE INDEX node_load_node ON node_load(node);"                                                              \
	"CREATE INDEX pods_pod ON pods(pod); CREATE INDEX recoveries_pod ON recoveries(pod);"

#endif

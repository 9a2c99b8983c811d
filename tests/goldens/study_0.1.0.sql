-- A study as hone 0.1.0 (commit 7596b35) left it in SQLite when its process was killed: finished
-- trials of each kind, one that was interrupted (6), one that was running (7), one enqueued (8).
-- Written by `sqlite3 study.db .dump`; tests/tune/liveness_test.cpp and sql_storage tests read it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE studies (
	study_id INTEGER NOT NULL,
	study_name VARCHAR(512) NOT NULL,
	PRIMARY KEY (study_id)
);
INSERT INTO studies VALUES(1,'old');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL,
	schema_version INTEGER,
	library_version VARCHAR(256),
	PRIMARY KEY (version_info_id),
	CHECK (version_info_id=1)
);
INSERT INTO version_info VALUES(1,12,'hone 0.1.0');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL,
	direction VARCHAR(8) NOT NULL,
	study_id INTEGER NOT NULL,
	objective INTEGER NOT NULL,
	PRIMARY KEY (study_direction_id),
	UNIQUE (study_id, objective),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO study_directions VALUES(1,'MAXIMIZE',1,0);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL,
	study_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (study_user_attribute_id),
	UNIQUE (study_id, "key"),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO study_user_attributes VALUES(1,1,'note','"n\u00e4he"');
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL,
	study_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (study_system_attribute_id),
	UNIQUE (study_id, "key"),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE trials (
	trial_id INTEGER NOT NULL,
	number INTEGER,
	study_id INTEGER,
	state VARCHAR(8) NOT NULL,
	datetime_start DATETIME,
	datetime_complete DATETIME,
	PRIMARY KEY (trial_id),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO trials VALUES(1,0,1,'COMPLETE','2026-11-27 01:41:37.255528','2026-11-27 01:41:37.256411');
INSERT INTO trials VALUES(2,1,1,'FAIL','2026-11-27 01:41:37.256516','2026-11-27 01:41:37.256653');
INSERT INTO trials VALUES(3,2,1,'PRUNED','2026-11-27 01:41:37.256705','2026-11-27 01:41:37.256822');
INSERT INTO trials VALUES(4,3,1,'COMPLETE','2026-11-27 01:41:37.256870','2026-11-27 01:41:37.256971');
INSERT INTO trials VALUES(5,4,1,'COMPLETE','2026-11-27 01:41:37.257023','2026-11-27 01:41:37.257141');
INSERT INTO trials VALUES(6,5,1,'COMPLETE','2026-11-27 01:41:37.257187','2026-11-27 01:41:37.257282');
INSERT INTO trials VALUES(7,6,1,'RUNNING','2026-11-27 01:41:37.257386',NULL);
INSERT INTO trials VALUES(8,7,1,'RUNNING','2026-11-27 01:41:37.257462',NULL);
INSERT INTO trials VALUES(9,8,1,'WAITING',NULL,NULL);
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL,
	trial_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_user_attribute_id),
	UNIQUE (trial_id, "key"),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_user_attributes VALUES(1,1,'curve','[1, NaN]');
INSERT INTO trial_user_attributes VALUES(2,2,'curve','[1, NaN]');
INSERT INTO trial_user_attributes VALUES(3,2,'fail_reason','"the loss is not finite"');
INSERT INTO trial_user_attributes VALUES(4,3,'curve','[1, NaN]');
INSERT INTO trial_user_attributes VALUES(5,3,'prune_reason','"below the median"');
INSERT INTO trial_user_attributes VALUES(6,4,'curve','[1, NaN]');
INSERT INTO trial_user_attributes VALUES(7,5,'curve','[1, NaN]');
INSERT INTO trial_user_attributes VALUES(8,6,'curve','[1, NaN]');
INSERT INTO trial_user_attributes VALUES(9,9,'why','"a guess"');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL,
	trial_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_system_attribute_id),
	UNIQUE (trial_id, "key"),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_system_attributes VALUES(1,2,'fail_reason','"the loss is not finite"');
INSERT INTO trial_system_attributes VALUES(2,3,'prune_reason','"below the median"');
INSERT INTO trial_system_attributes VALUES(3,7,'fixed_params','{"lr": 1.8259953916721017e-05}');
INSERT INTO trial_system_attributes VALUES(4,9,'fixed_params','{"lr": 0.01, "opt": "adam"}');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL,
	trial_id INTEGER,
	param_name VARCHAR(512),
	param_value FLOAT,
	distribution_json TEXT,
	PRIMARY KEY (param_id),
	UNIQUE (trial_id, param_name),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_params VALUES(1,1,'lr',0.068966224242319337789,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(2,1,'layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 4}}');
INSERT INTO trial_params VALUES(3,1,'opt',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", null, true, 3, 1.5]}}');
INSERT INTO trial_params VALUES(4,2,'lr',0.0009432662538500262905,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(5,2,'layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 4}}');
INSERT INTO trial_params VALUES(6,2,'opt',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", null, true, 3, 1.5]}}');
INSERT INTO trial_params VALUES(7,3,'lr',6.8144091258075169693e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(8,3,'layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 4}}');
INSERT INTO trial_params VALUES(9,3,'opt',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", null, true, 3, 1.5]}}');
INSERT INTO trial_params VALUES(10,4,'lr',0.0087456957941555845542,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(11,4,'layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 4}}');
INSERT INTO trial_params VALUES(12,4,'opt',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", null, true, 3, 1.5]}}');
INSERT INTO trial_params VALUES(13,5,'lr',0.0041970400139339650649,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(14,5,'layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 4}}');
INSERT INTO trial_params VALUES(15,5,'opt',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", null, true, 3, 1.5]}}');
INSERT INTO trial_params VALUES(16,6,'lr',4.035551135346033034e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(17,6,'layers',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 4}}');
INSERT INTO trial_params VALUES(18,6,'opt',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", null, true, 3, 1.5]}}');
INSERT INTO trial_params VALUES(20,8,'lr',0.00021632426623236641828,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(21,8,'layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 4}}');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	objective INTEGER NOT NULL,
	value FLOAT,
	value_type VARCHAR(7) NOT NULL,
	PRIMARY KEY (trial_value_id),
	UNIQUE (trial_id, objective),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_values VALUES(1,1,0,0.0,'FINITE');
INSERT INTO trial_values VALUES(2,4,0,NULL,'INF_NEG');
INSERT INTO trial_values VALUES(3,5,0,2.0,'FINITE');
INSERT INTO trial_values VALUES(4,6,0,2.5,'FINITE');
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	intermediate_value FLOAT,
	intermediate_value_type VARCHAR(7) NOT NULL,
	PRIMARY KEY (trial_intermediate_value_id),
	UNIQUE (trial_id, step),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_intermediate_values VALUES(1,1,1,0.068966224242319337789,'FINITE');
INSERT INTO trial_intermediate_values VALUES(2,1,2,NULL,'NAN');
INSERT INTO trial_intermediate_values VALUES(3,2,1,0.0009432662538500262905,'FINITE');
INSERT INTO trial_intermediate_values VALUES(4,2,2,NULL,'NAN');
INSERT INTO trial_intermediate_values VALUES(5,3,1,6.8144091258075169693e-05,'FINITE');
INSERT INTO trial_intermediate_values VALUES(6,3,2,NULL,'NAN');
INSERT INTO trial_intermediate_values VALUES(7,4,1,0.0087456957941555845542,'FINITE');
INSERT INTO trial_intermediate_values VALUES(8,4,2,NULL,'NAN');
INSERT INTO trial_intermediate_values VALUES(9,5,1,0.0041970400139339650649,'FINITE');
INSERT INTO trial_intermediate_values VALUES(10,5,2,NULL,'NAN');
INSERT INTO trial_intermediate_values VALUES(11,6,1,4.035551135346033034e-05,'FINITE');
INSERT INTO trial_intermediate_values VALUES(12,6,2,NULL,'NAN');
INSERT INTO trial_intermediate_values VALUES(14,8,1,0.5,'FINITE');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	heartbeat DATETIME NOT NULL,
	PRIMARY KEY (trial_heartbeat_id),
	UNIQUE (trial_id),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('v3.2.0.a');
CREATE TABLE hone_studies (
	study_id INTEGER NOT NULL PRIMARY KEY,
	settings_json TEXT NOT NULL
);
INSERT INTO hone_studies VALUES(1,'{"data": "fashion", "direction": "maximize", "history": "deterministic, lag 2", "pruner": "none", "sampler": "tpe {\"startup_trials\":10,\"candidates\":24,\"form\":\"automatic\"}", "seed": "7"}');
CREATE TABLE hone_trials (
	trial_id INTEGER NOT NULL PRIMARY KEY,
	token TEXT,
	pid INTEGER,
	host TEXT,
	boot_id TEXT,
	pid_namespace TEXT,
	process_start TEXT,
	seen TEXT,
	released INTEGER NOT NULL DEFAULT 0,
	enqueued_params TEXT
);
INSERT INTO hone_trials VALUES(1,NULL,3569,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','125676','',0,NULL);
INSERT INTO hone_trials VALUES(2,NULL,3569,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','125676','',0,NULL);
INSERT INTO hone_trials VALUES(3,NULL,3569,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','125676','',0,NULL);
INSERT INTO hone_trials VALUES(4,NULL,3569,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','125676','',0,NULL);
INSERT INTO hone_trials VALUES(5,NULL,3569,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','125676','',0,NULL);
INSERT INTO hone_trials VALUES(6,NULL,3569,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','125676','',0,NULL);
INSERT INTO hone_trials VALUES(7,NULL,3569,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','125676','',1,'');
INSERT INTO hone_trials VALUES(8,'a5b04a3c5437258906d72da3be563f26',3569,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','125676','',0,NULL);
CREATE TABLE hone_reports (
	trial_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	prune INTEGER NOT NULL,
	reason TEXT,
	seen TEXT,
	PRIMARY KEY (trial_id, step)
) WITHOUT ROWID;
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
